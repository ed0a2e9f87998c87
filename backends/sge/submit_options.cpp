#include "backends/sge/submission.hpp"
#include "core/base/text.hpp"

namespace ketrew::sge {
namespace {

Result<std::string> text_option(const Json& options, const char* key, std::string otherwise) {
  const auto at = options.find(key);
  if (at == options.end() || at->is_null()) return otherwise;
  if (!at->is_string() || at->get_ref<const std::string&>().empty())
    return fail(ErrorKind::invalid, "option \"" + std::string(key) + "\" is wrong", "it is a text");
  return at->get<std::string>();
}

bool is_resource(std::string_view name) {
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
          c == '-' || c == '.'))
      return false;
  return !name.empty();
}

}  // namespace

Result<SiteSettings> site_settings(const Json& own) {
  SiteSettings settings;
  for (const auto& [key, value] : own.items()) {
    std::string* into = key == "parallel_environment" ? &settings.parallel_environment
                        : key == "memory_resource"    ? &settings.memory_resource
                        : key == "gpu_resource"       ? &settings.gpu_resource
                                                      : nullptr;
    if (!into || !value.is_string() || !is_resource(value.get_ref<const std::string&>()))
      return fail(ErrorKind::invalid, "option \"" + key + "\" is not known or wrong",
                  "sge knows parallel_environment, memory_resource and gpu_resource (names), and the "
                  "options of every batch backend");
    *into = value.get<std::string>();
  }
  return settings;
}

sdk::OptionsSchema job_options() {
  sdk::OptionsSchema schema;
  schema.portable();
  schema.text("project", "-P: the project that the job belongs to")
      .text("parallel_environment",
            "-pe: which gives more than one of `cpus`; default: the profile's, else smp")
      .text("memory_resource",
            "-l: what `memory` is asked from, divided by `cpus`; default: the profile's, else h_vmem "
            "(a limit); mem_free is another one")
      .text("shell", "-S: what runs the job's script", "/bin/sh")
      .boolean("rerun", "-r: whether it is run again when its machine fails; default: the queue's")
      .integer("priority", "-p", -1023, 1024);
  return schema;
}

Result<Wanted> wanted(const Json& options, const SiteSettings& site) {
  const auto portable = sdk::portable_options(options);
  if (!portable) return pass(portable.error());
  Wanted result;
  // The user's own words first: of a word that is given twice, qsub takes the last.
  result.words = portable->raw_options;
  const auto add = [&result](std::string option, std::string value) {
    result.words.push_back(std::move(option));
    result.words.push_back(std::move(value));
  };
  const auto environment =
      text_option(options, "parallel_environment", site.parallel_environment);
  if (!environment) return pass(environment.error());
  const auto memory_resource = text_option(options, "memory_resource", site.memory_resource);
  if (!memory_resource) return pass(memory_resource.error());
  if (!is_resource(*memory_resource))
    return fail(ErrorKind::invalid, "option \"memory_resource\" is not a name");
  const auto shell = text_option(options, "shell", "/bin/sh");
  if (!shell) return pass(shell.error());
  if (shell->front() != '/' || shell->find_first_of(" ,:\n") != std::string::npos)
    return fail(ErrorKind::invalid, "option \"shell\" is wrong", "it is the path of a shell");
  result.shell = *shell;
  const auto project = text_option(options, "project", "");
  if (!project) return pass(project.error());

  if (portable->queue) add("-q", *portable->queue);
  if (portable->account) add("-A", *portable->account);
  if (!project->empty()) add("-P", *project);
  const std::int64_t cpus = portable->cpus.value_or(1);
  if (cpus > 1) add("-pe", *environment), result.words.push_back(std::to_string(cpus));
  if (portable->memory)
    add("-l", *memory_resource + "=" + std::to_string((*portable->memory + cpus - 1) / cpus));
  if (portable->wall_time)
    add("-l", "h_rt=" + std::to_string((portable->wall_time->count() + 999) / 1000));
  if (portable->gpus && *portable->gpus > 0)
    add("-l", site.gpu_resource + "=" + std::to_string(*portable->gpus));
  if (const auto at = options.find("rerun"); at != options.end() && at->is_boolean())
    add("-r", at->get<bool>() ? "y" : "n");
  if (const auto at = options.find("priority"); at != options.end() && at->is_number_integer())
    add("-p", std::to_string(at->get<std::int64_t>()));
  return result;
}

}  // namespace ketrew::sge
