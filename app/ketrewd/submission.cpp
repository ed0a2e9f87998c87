#include "app/ketrewd/submission.hpp"

#include "app/ketrewd/request_json.hpp"
#include "core/model/host_uri.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_jobs = 1'000'000;

Result<JobSpec> parse_job(const Json& json, SpecCheck& check) {
  auto spec = job_spec_from_json(json);
  if (!spec) return spec;
  if (spec->restart_of)
    return fail(ErrorKind::invalid, "\"restart_of\" is not for submissions", "use restart");
  if (auto refusal = check.complete(*spec)) return pass(refusal->error);
  return spec;
}

Result<> know_backend(const std::string& backend, const profile::Profile& profile) {
  std::vector<std::string> names;
  for (const auto& plugin : profile.plugins) names.push_back(plugin.name);
  if (std::find(names.begin(), names.end(), backend) != names.end()) return {};
  const std::string near = nearest(backend, names);
  return fail(ErrorKind::invalid, "unknown backend \"" + one_line(backend, 60) + "\"",
              near.empty() ? "the profile has: " + join(names, ", ") : "did you mean \"" + near + "\"?");
}

}  // namespace

Result<std::string> resolve_host(const std::string& host, const SubmissionContext& context) {
  if (host.empty()) return context.default_host;
  const auto named = context.profile->hosts.find(host);
  if (named != context.profile->hosts.end()) return named->second;
  if (host.find('/') == std::string::npos) {
    std::vector<std::string> names;
    for (const auto& [name, uri] : context.profile->hosts) names.push_back(name);
    const std::string near = nearest(host, names);
    return fail(ErrorKind::invalid, "unknown host \"" + one_line(host, 60) + "\"",
                near.empty() ? "name one of the profile's `hosts:`, or write /PATH for this machine "
                               "or ssh://USER@HOST:PORT/PATH"
                             : "did you mean \"" + near + "\"?");
  }
  const auto uri = parse_host_uri(host);
  if (!uri) return pass(uri.error());
  return uri->text();
}

std::optional<SpecCheck::Refusal> SpecCheck::complete(JobSpec& spec) {
  if (spec.backend.empty()) spec.backend = context_.profile->default_backend;
  if (auto known = know_backend(spec.backend, *context_.profile); !known)
    return Refusal{known.error(), "/backend"};
  const bool named = !spec.host.empty();
  auto host = resolve_host(spec.host, context_);
  if (!host) return Refusal{host.error(), "/host"};
  // The client's own folder goes along with a job that names no host; elsewhere it means nothing.
  if (!named && host->front() != '/') spec.program.directory.clear();
  spec.host = std::move(*host);
  std::string what = spec.backend + '\0' + (spec.host.starts_with('/') ? '\0' : '\1') +
                     spec.options.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (good_.contains(what)) return {};
  std::string option;
  if (auto checked = context_.options->check(context_.schemas, spec, &option); !checked)
    return Refusal{checked.error(),
                   option.empty() ? "/options" : (Json::json_pointer("/options") / option).to_string()};
  good_.insert(std::move(what));
  return {};
}

Result<ParsedSubmission> parse_submission(const std::string& body, const SubmissionContext& context) {
  auto read = parse_request_json(body);
  if (!read) return pass(read.error());
  const Json& json = *read;
  SpecCheck check(context);
  ParsedSubmission parsed;
  if (json.is_object() && json.contains("jobs")) {
    if (json.size() != 1 || !json["jobs"].is_array() || json["jobs"].empty())
      return fail(ErrorKind::invalid, "the body is not {\"jobs\": [JOB, ...]}");
    if (json["jobs"].size() > most_jobs)
      return fail(ErrorKind::invalid, "more than " + std::to_string(most_jobs) + " jobs at once");
    for (const Json& each : json["jobs"]) {
      auto spec = parse_job(each, check);
      if (!spec)
        return fail(spec.error(), "job " + std::to_string(parsed.jobs.size() + 1) + " of the list");
      parsed.jobs.push_back(std::move(*spec));
    }
    return parsed;
  }
  if (json.is_object() && json.contains("each")) {
    if (json.size() != 2 || !json.contains("job") || !json["each"].is_array())
      return fail(ErrorKind::invalid, "the body is not {\"job\": JOB, \"each\": [LINE, ...]}");
    const Json& lines = json["each"];
    if (lines.empty()) return fail(ErrorKind::invalid, "no lines: there is nothing to submit");
    if (lines.size() > most_jobs)
      return fail(ErrorKind::invalid, "more than " + std::to_string(most_jobs) + " jobs at once");
    auto spec = parse_job(json["job"], check);
    if (!spec) return pass(spec.error());
    parsed.jobs.reserve(lines.size());
    for (const Json& line : lines) {
      auto bytes = bytes_from_json(line);
      if (!bytes) return fail(bytes.error(), "line " + std::to_string(parsed.jobs.size() + 1));
      if (bytes->find('\0') != std::string::npos)
        return fail(ErrorKind::invalid, "line " + std::to_string(parsed.jobs.size() + 1) + " has a NUL byte");
      parsed.jobs.push_back(*spec);
      parsed.jobs.back().program.environment["KETREW_ENTRY"] = std::move(*bytes);
    }
    parsed.each = true;
    return parsed;
  }
  auto spec = parse_job(json, check);
  if (!spec) return pass(spec.error());
  parsed.jobs.push_back(std::move(*spec));
  return parsed;
}

std::string fingerprint_of(const std::string& bytes) {
  // FNV-1a in 64 bits, twice with different beginnings; it tells a repeat from another request.
  std::uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (const char c : bytes) {
    a = (a ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    b = (b ^ static_cast<unsigned char>(c) ^ (a >> 32)) * 0x100000001b3u;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%zx-%016llx%016llx", bytes.size(),
                static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  return text;
}

}  // namespace ketrew::daemon
