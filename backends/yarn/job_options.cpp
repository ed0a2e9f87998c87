#include "backends/yarn/job_options.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

constexpr std::int64_t mib = 1 << 20;
constexpr std::size_t longest_name = 60;

std::int64_t to_mib(std::int64_t bytes) { return (bytes + mib - 1) / mib; }

// "2GB", "512MB" and "1536", which are MiB as YARN counts them.
Result<std::int64_t> container_memory(const Json& value) {
  std::optional<std::int64_t> bytes;
  if (value.is_number_integer() && value > 0 && value < (std::int64_t{1} << 40))
    return value.get<std::int64_t>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    bytes = sdk::parse_bytes(digits ? text + "M" : text);
  }
  if (!bytes || *bytes <= 0)
    return fail(ErrorKind::invalid, "option \"container_memory\" is wrong",
                "it is as 512M, 2GB or a number of MiB");
  return to_mib(*bytes);
}

std::string text_option(const Json& options, const char* key) {
  const auto at = options.find(key);
  return at != options.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

sdk::OptionsSchema options_schema() {
  using sdk::Portable;
  sdk::OptionsSchema schema;
  schema
      .portable({Portable::queue, Portable::cpus, Portable::memory, Portable::wall_time,
                 Portable::job_name, Portable::raw_options})
      .choice("mode",
              "distributed-shell: the program runs in a container that sees the playground; "
              "distributed-shell-apart: in one that does not (no shared file system), and YARN's "
              "word is all there is; application: the program is itself the client of an "
              "application (hadoop jar, spark-submit) and runs on the host of the job",
              {to_string(Mode::shell).data(), to_string(Mode::shell_apart).data(),
               to_string(Mode::application).data()},
              std::string(to_string(Mode::shell)))
      .text("hadoop_bin", "the hadoop command that starts the distributed shell")
      .text("distributed_shell_shell_jar",
            "the jar of the distributed shell, on the host of the job; looked for below "
            "$HADOOP_YARN_HOME and $HADOOP_HOME where neither job nor profile name one")
      .property("container_memory", "of the container, as 512M or 2GB, or in MiB; default 512",
                {{"type", Json::array({"string", "integer"})}})
      .integer("container_vcores", "of the container, as cpus", 1, 1'000'000)
      .duration("timeout", "from submission (waiting included) to its end, as wall_time")
      .text("application_name", "as job_name: its name in YARN; letters, digits and . _ - are kept");
  return schema;
}

Result<JobOptions> job_options(const Json& options) {
  const auto portable = sdk::portable_options(options);
  if (!portable) return pass(portable.error());
  JobOptions out;
  if (const std::string mode = text_option(options, "mode"); !mode.empty()) {
    const auto parsed = parse_mode(mode);
    if (!parsed) return fail(ErrorKind::invalid, "option \"mode\" is wrong: " + one_line(mode, 60));
    out.mode = *parsed;
  }
  out.hadoop_bin = text_option(options, "hadoop_bin");
  out.jar = text_option(options, "distributed_shell_shell_jar");
  out.queue = portable->queue.value_or("");
  out.raw_options = portable->raw_options;
  if (portable->memory) out.memory_mib = to_mib(*portable->memory);
  if (portable->cpus) out.vcores = *portable->cpus;
  if (const auto at = options.find("container_memory"); at != options.end() && !at->is_null()) {
    const auto memory = container_memory(*at);
    if (!memory) return pass(memory.error());
    out.memory_mib = *memory;
  }
  if (const auto at = options.find("container_vcores"); at != options.end() && !at->is_null()) {
    if (!at->is_number_integer() || *at < 1 || *at > 1'000'000)
      return fail(ErrorKind::invalid, "option \"container_vcores\" is wrong");
    out.vcores = at->get<std::int64_t>();
  }
  auto timeout = sdk::duration_option(options, "timeout");
  if (!timeout) return pass(timeout.error());
  if (!*timeout) timeout = portable->wall_time;
  if (*timeout)
    out.timeout_seconds =
        std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(**timeout).count(), 1);
  std::string name = text_option(options, "application_name");
  if (name.empty()) name = portable->job_name.value_or("");
  if (!name.empty()) out.name = clean_name(name);
  return out;
}

std::string clean_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, longest_name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    name += plain ? c : '_';
  }
  while (!name.empty() && (name.front() == '-' || name.front() == '.')) name.erase(0, 1);
  return name.empty() ? "ketrew" : name;
}

std::string application_name(const JobOptions& options, const std::string& token) {
  return options.name + "-" + token;
}

bool is_of(const Application& application, const std::string& token) {
  const std::string& name = application.name;
  if (name.size() > token.size() && name.ends_with(token)) return true;
  return std::find(application.tags.begin(), application.tags.end(), token) !=
         application.tags.end();
}

}  // namespace ketrew::yarn
