#include "backends/slurm/options.hpp"

#include <array>

namespace ketrew::slurm {
namespace {

// Raw options that would take away what the backend rests on.
struct Forbidden {
  std::string_view word, short_word, why;
};
constexpr std::array<Forbidden, 9> forbidden = {{
    {"--array", "-a", "each element would be the whole job; submit several jobs"},
    {"--comment", "", "the comment carries the attempt's token, by which a job is found again"},
    {"--clusters", "-M",
     "all commands must ask the same cluster: give it an entry of its own in the profile, with "
     "`environment: {SLURM_CLUSTERS: NAME}`"},
    {"--wrap", "", "there is a script already"},
    {"--wait", "-W", "sbatch would not answer before the job's end"},
    {"--test-only", "", "nothing would be submitted"},
    {"--help", "-h", "nothing would be submitted"},
    {"--usage", "", "nothing would be submitted"},
    {"--version", "-V", "nothing would be submitted"},
}};

Result<> check_raw(const std::string& word) {
  for (const auto& [name, letter, why] : forbidden) {
    const bool is_long = word == name || word.substr(0, name.size() + 1) == std::string(name) + "=";
    const bool is_short = !letter.empty() && word.substr(0, 2) == letter && word[1] != '-';
    if (is_long || is_short)
      return fail(ErrorKind::invalid,
                  "raw_options: " + word + " cannot be used: " + std::string(why));
  }
  if (word.find('\0') != std::string::npos)
    return fail(ErrorKind::invalid, "raw_options: a NUL byte");
  return {};
}

std::string time_words(Milliseconds time) {
  // Slurm counts whole minutes, and rounds seconds up by itself only in some forms.
  const auto minutes = std::max<std::int64_t>(std::chrono::ceil<std::chrono::minutes>(time).count(), 1);
  return std::to_string(minutes);
}

Result<> add_own(const Json& options, std::vector<std::string>& words) {
  try {
    for (const char* key : {"nodes", "qos", "constraint", "reservation", "gres", "mail_type",
                            "mail_user", "dependency"}) {
      if (!options.contains(key)) continue;
      std::string name = key;
      for (char& c : name)
        if (c == '_') c = '-';
      words.push_back("--" + name + "=" + options.at(key).get<std::string>());
    }
    if (options.contains("ntasks"))
      words.push_back("--ntasks=" + std::to_string(options.at("ntasks").get<std::int64_t>()));
    if (options.value("exclusive", false)) words.push_back("--exclusive");
    if (options.contains("requeue"))
      words.push_back(options.at("requeue").get<bool>() ? "--requeue" : "--no-requeue");
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, std::string("options: ") + error.what());
  }
  return {};
}

}  // namespace

sdk::OptionsSchema job_options_schema() {
  sdk::OptionsSchema schema;
  schema.portable()
      .text("nodes", "Number of nodes, or a range: \"2\", \"1-4\" (--nodes)")
      .integer("ntasks", "Number of tasks (--ntasks)", 1, 1'000'000)
      .text("qos", "Quality of service (--qos)")
      .text("constraint", "Features that the nodes must have (--constraint)")
      .text("reservation", "A reservation's name (--reservation)")
      .text("gres", "Generic resources: \"gpu:a100:2\" (--gres)")
      .choice("gpus_by", "How `gpus` is asked for: by --gpus, or by --gres=gpu:N where the cluster's "
              "scheduler plugin has no --gpus", {"gpus", "gres"}, "gpus")
      .text("dependency", "A condition of Slurm's own: \"singleton\", \"afterok:4711\" (--dependency)")
      .boolean("exclusive", "The nodes are shared with no other job (--exclusive)", false)
      .boolean("requeue", "Whether Slurm may start the job again by itself, under the same id, after "
               "a node failed or it was preempted. Default: as the cluster says (JobRequeue)")
      .text("mail_type", "Events that are mailed: \"END,FAIL\" (--mail-type)")
      .text("mail_user", "To whom (--mail-user)");
  return schema;
}

Result<std::vector<std::string>> sbatch_words(const Json& options, const std::string& job_name) {
  const auto portable = sdk::portable_options(options);
  if (!portable) return pass(portable.error());
  std::vector<std::string> words;
  std::string name = one_line(to_valid_utf8(portable->job_name.value_or(job_name)), 200);
  if (!name.empty()) words.push_back("--job-name=" + name);
  if (portable->queue) words.push_back("--partition=" + *portable->queue);
  if (portable->account) words.push_back("--account=" + *portable->account);
  if (portable->cpus) words.push_back("--cpus-per-task=" + std::to_string(*portable->cpus));
  if (portable->memory)
    words.push_back("--mem=" + std::to_string((*portable->memory + (1 << 20) - 1) >> 20) + "M");
  if (portable->wall_time) words.push_back("--time=" + time_words(*portable->wall_time));
  if (portable->gpus) {
    const bool by_gres = options.value("gpus_by", std::string("gpus")) == "gres";
    words.push_back((by_gres ? "--gres=gpu:" : "--gpus=") + std::to_string(*portable->gpus));
  }
  if (const auto own = add_own(options, words); !own) return pass(own.error());
  for (const auto& word : words)
    if (word.find('\0') != std::string::npos)
      return fail(ErrorKind::invalid, "an option with a NUL byte");
  for (const auto& word : portable->raw_options) {
    if (const auto checked = check_raw(word); !checked) return pass(checked.error());
    words.push_back(word);
  }
  return words;
}

}  // namespace ketrew::slurm
