#include "backends/daemonize/job_options.hpp"

namespace ketrew::daemonize {

namespace {

using sdk::Portable;

sdk::OptionsSchema schema_with(const std::string& using_words, const std::vector<std::string>& ways) {
  sdk::OptionsSchema schema;
  schema.choice("using", "How the job is detached: " + using_words, ways)
      .duration("starting_timeout",
                "nohup-setsid and python-daemon: how long a started job may show no claim and no "
                "log before it is taken for gone",
                "60s")
      .duration("kill_grace", "Time between TERM and KILL when the job is killed", "5s")
      .texts("call_script",
             "The words that run the job's script, which is added at their end: [\"bash\", "
             "\"-l\"]. Default: a supervised job needs no script; elsewhere bash, or sh")
      .boolean("no_log_is_ok",
               "nohup-setsid and python-daemon: a job whose process runs counts as running even if "
               "its claim and log cannot be seen",
               false)
      .text("job_name", "Shown in the playground's script; it has no other effect here")
      .portable({Portable::queue, Portable::account, Portable::cpus, Portable::memory,
                 Portable::wall_time, Portable::gpus},
                "; without effect here, where nothing is shared out: taken so that a job moves "
                "between this and a batch scheduler by its backend alone");
  return schema;
}

}  // namespace

sdk::OptionsSchema job_options_schema() {
  return schema_with(
      "supervisor (one parent for all jobs of this machine; the default there, ends are seen at "
      "once), nohup-setsid (the default on ssh hosts), or python-daemon (hosts without setsid)",
      {"supervisor", "nohup-setsid", "python-daemon"});
}

sdk::OptionsSchema far_job_options_schema() {
  return schema_with(
      "on ssh hosts by nohup-setsid (the default) or python-daemon (hosts without setsid); the "
      "supervisor is for this machine only",
      {"nohup-setsid", "python-daemon"});
}

Result<JobOptions> job_options(const Json& options, const HostUri& host) {
  JobOptions result;
  result.mode = host.is_local() ? Using::supervisor : Using::nohup_setsid;
  if (!options.is_object()) return fail(ErrorKind::invalid, "the options are not an object");
  try {
    if (const auto it = options.find("using"); it != options.end()) {
      const auto mode = parse_using(it->get<std::string>());
      if (!mode)
        return fail(ErrorKind::invalid, "unknown value of `using`",
                    "supervisor, nohup-setsid or python-daemon");
      result.mode = *mode;
    }
    if (const auto it = options.find("call_script"); it != options.end())
      result.call_script = it->get<std::vector<std::string>>();
    result.no_log_is_ok = options.value("no_log_is_ok", false);
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, std::string("options: ") + error.what());
  }
  const auto starting = sdk::duration_option(options, "starting_timeout");
  if (!starting) return pass(starting.error());
  if (*starting) result.starting_timeout = **starting;
  const auto grace = sdk::duration_option(options, "kill_grace");
  if (!grace) return pass(grace.error());
  if (*grace) result.kill_grace = std::min<Milliseconds>(**grace, std::chrono::hours(24));
  if (result.mode == Using::supervisor && !host.is_local())
    return fail(ErrorKind::invalid, "`using: supervisor` works on this machine only",
                "leave it out, or use nohup-setsid");
  return result;
}

}  // namespace ketrew::daemonize
