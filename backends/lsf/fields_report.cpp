#include "backends/lsf/fields_report.hpp"

#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

constexpr std::size_t field_count = 13;

std::string value(std::string_view field) {
  field = trim(field);
  return field == "-" ? std::string() : std::string(field);
}

}  // namespace

FieldsReport read_fields(std::string_view text) {
  FieldsReport report;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // a line without its end was cut
    const std::vector<std::string> fields = split(text.substr(0, end), '^');
    text.remove_prefix(end + 1);
    if (fields.size() != field_count) continue;
    if (trim(fields[0]) == "JOBID" && trim(fields[1]) == "STAT") {
      report.heading = true;
      continue;
    }
    if (!report.heading) continue;
    FieldsJob job;
    job.id = value(fields[0]);
    job.status = value(fields[1]);
    job.name = value(fields[2]);
    job.queue = value(fields[3]);
    job.hosts = value(fields[4]);
    job.started = value(fields[5]);
    job.finished = value(fields[6]);
    job.exit_code = value(fields[7]);
    job.cpu = value(fields[8]);
    job.memory = value(fields[9]);
    job.exit_reason = value(fields[10]);
    job.reason = value(fields[11]);
    if (job.reason.empty()) job.reason = value(fields[12]);
    report.jobs.push_back(std::move(job));
  }
  return report;
}

}  // namespace ketrew::lsf
