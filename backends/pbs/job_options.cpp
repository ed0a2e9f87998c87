#include "backends/pbs/job_options.hpp"

#include <algorithm>
#include <array>

#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

tl::unexpected<Error> wrong(const std::string& key, const std::string& why) {
  return fail(ErrorKind::invalid, "option \"" + key + "\": " + why);
}

Result<std::optional<std::string>> text_option(const Json& options, const char* key) {
  const auto at = options.find(key);
  if (at == options.end() || at->is_null()) return std::nullopt;
  if (!at->is_string()) return wrong(key, "it is a text");
  return at->get<std::string>();
}

// Slurm's wrapper puts its arguments into a shell text as they are, and PBS has no use for others.
bool is_plain(std::string_view text) {
  return !text.empty() && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_-.,:@+=/%").find(c) != std::string_view::npos;
         });
}
Result<> plain(const char* key, const std::optional<std::string>& value) {
  if (value && !is_plain(*value)) return wrong(key, "letters, digits and _-.,:@+=/% only");
  return {};
}

struct Kept {
  char letter;
  const char* why;
};
constexpr std::array<Kept, 9> kept = {{
    {'N', "the name is how a job is found again; there is `job_name`"},
    {'o', "the output is in the playground"},
    {'e', "the output is in the playground"},
    {'j', "the output is in the playground"},
    {'J', "an array is many jobs under one id; submit them one by one"},
    {'t', "an array is many jobs under one id; submit them one by one"},
    {'I', "an interactive job needs a terminal"},
    {'X', "an interactive job needs a terminal"},
    {'z', "the id has to be printed"},
}};

Result<> check_raw(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.find('\0') != std::string::npos) return wrong("raw_options", "a zero byte");
    if (word == "--") return wrong("raw_options", "`--`: the script is the backend's");
    if (word.size() < 2 || word.front() != '-') continue;
    for (const Kept& entry : kept)
      if (word[1] == entry.letter && word != "-pe")
        return wrong("raw_options", "-" + std::string(1, entry.letter) + ": " + entry.why);
    const std::string attributes =
        word[1] != 'W' ? "" : word.size() > 2 ? word.substr(2)
                          : i + 1 < words.size() ? words[i + 1] : "";
    for (const auto& attribute : split(attributes, ','))
      if (trim(attribute).substr(0, 5) == "block")
        return wrong("raw_options", "-W block: qsub would wait for the job's end");
  }
  return {};
}

// Whole megabytes: Slurm's wrapper makes fractions of anything smaller.
std::string memory_words(std::int64_t bytes) {
  return std::to_string((bytes - 1) / (1 << 20) + 1) + "mb";
}

// The limits as resources: one chunk (OpenPBS) or one node (Torque) has it all.
void add_resources(const sdk::PortableOptions& portable, Dialect dialect,
                   std::vector<std::string>& words) {
  const auto resource = [&](const std::string& text) {
    words.push_back("-l");
    words.push_back(text);
  };
  if (dialect == Dialect::openpbs) {
    if (portable.cpus || portable.memory || portable.gpus) {
      std::string select = "select=1";
      if (portable.cpus) select += ":ncpus=" + std::to_string(*portable.cpus);
      if (portable.memory) select += ":mem=" + memory_words(*portable.memory);
      if (portable.gpus && *portable.gpus > 0)
        select += ":ngpus=" + std::to_string(*portable.gpus);
      resource(select);
    }
    if (portable.wall_time) resource("walltime=" + from_duration(*portable.wall_time));
    return;
  }
  // One -l for all: Slurm's wrapper takes the last one only.
  std::vector<std::string> list;
  if (portable.cpus || (portable.gpus && *portable.gpus > 0)) {
    std::string nodes = "nodes=1:ppn=" + std::to_string(portable.cpus.value_or(1));
    if (portable.gpus && *portable.gpus > 0) nodes += ":gpus=" + std::to_string(*portable.gpus);
    list.push_back(nodes);
  }
  if (portable.memory) list.push_back("mem=" + memory_words(*portable.memory));
  if (portable.wall_time) list.push_back("walltime=" + from_duration(*portable.wall_time));
  if (!list.empty()) resource(join(list, ","));
}

}  // namespace

sdk::OptionsSchema job_options_schema() {
  sdk::OptionsSchema schema;
  schema.portable()
      .property("processors", "as `cpus`",
                {{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000'000}})
      .duration("wall_limit", "as `wall_time`")
      .text("name", "as `job_name`")
      .text("shell",
            "the absolute path of the shell that runs the script (-S, and its first line): any "
            "that understands POSIX sh. Default: PBS's (the login shell) runs it with /bin/sh")
      .text("email", "who gets mail about the job (-M); nobody where it is left out")
      .text("email_events", "which mail `email` gets (-m): of a (aborted), b (begins), e (ends)",
            "abe")
      .boolean("rerun",
               "whether PBS may run it again from its beginning when its node fails (-r). Default: "
               "as the site has it");
  return schema;
}

Result<JobOptions> job_options(const Json& given) {
  if (!given.is_object()) return fail(ErrorKind::invalid, "the options are not an object");
  // Names that profiles of the earlier Ketrew have.
  Json options = given;
  for (const auto& [old, name] : {std::pair("processors", "cpus"), std::pair("name", "job_name"),
                                  std::pair("wall_limit", "wall_time")}) {
    const auto at = options.find(old);
    if (at == options.end()) continue;
    if (options.contains(name)) return wrong(old, std::string("`") + name + "` is given, too");
    options[name] = *at;
  }

  JobOptions result;
  auto portable = sdk::portable_options(options);
  if (!portable) return pass(portable.error());
  result.portable = std::move(*portable);
  if (auto r = plain("queue", result.portable.queue); !r) return pass(r.error());
  if (auto r = plain("account", result.portable.account); !r) return pass(r.error());
  if (auto r = check_raw(result.portable.raw_options); !r) return pass(r.error());

  auto shell = text_option(options, "shell");
  if (!shell) return pass(shell.error());
  result.shell = std::move(*shell);
  if (result.shell && (!is_plain(*result.shell) || result.shell->front() != '/'))
    return wrong("shell", "it is an absolute path of letters, digits and _-.,:@+=/%");
  auto email = text_option(options, "email");
  if (!email) return pass(email.error());
  if (auto r = plain("email", *email); !r) return pass(r.error());
  result.email = email->value_or("");
  auto events = text_option(options, "email_events");
  if (!events) return pass(events.error());
  result.email_events = events->value_or("abe");
  if (result.email_events.empty() ||
      result.email_events.find_first_not_of("abe") != std::string::npos)
    return wrong("email_events", "letters of a, b and e");
  if (const auto at = options.find("rerun"); at != options.end() && !at->is_null()) {
    if (!at->is_boolean()) return wrong("rerun", "it is true or false");
    result.rerun = at->get<bool>();
  }
  return result;
}

std::vector<std::string> qsub_words(const JobOptions& options, const std::string& name,
                                    Dialect dialect) {
  std::vector<std::string> words = {"qsub"};
  // In the foreground: else a process is left behind that keeps our file descriptors. Torque's -f
  // is another option.
  if (dialect == Dialect::openpbs) words.push_back("-f");
  const auto add = [&](const char* option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  add("-N", name);
  // What PBS itself has to say on the job; the script has its output in `out` and `err`. The name
  // is relative to the playground: a path with odd characters would be taken for something else.
  add("-o", "scheduler");
  add("-j", "oe");
  if (options.email.empty()) {
    add("-m", "n");
  } else {
    add("-m", options.email_events);
    add("-M", options.email);
  }
  if (options.rerun) add("-r", *options.rerun ? "y" : "n");
  if (options.shell && dialect != Dialect::slurm) add("-S", *options.shell);
  if (options.portable.queue) add("-q", *options.portable.queue);
  if (options.portable.account) add("-A", *options.portable.account);
  add_resources(options.portable, dialect, words);
  words.insert(words.end(), options.portable.raw_options.begin(),
               options.portable.raw_options.end());
  return words;
}

}  // namespace ketrew::pbs
