// `update`: one observation for each of many jobs of one host.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/observation.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

struct JobState {
  std::string token;
  RawJson state;
  bool operator==(const JobState&) const = default;
};
// The params of `update` and of `kill`.
struct JobsParams {
  std::string host;
  std::vector<JobState> jobs;
  bool operator==(const JobsParams&) const = default;
};

struct JobObservation {
  std::string token;
  Observation observation;
  std::optional<RawJson> state;  // where it changed
  bool operator==(const JobObservation&) const = default;
};

void append_params(std::string& out, const JobsParams& params);
// The same without a JobsParams to be built: begin, any number of jobs, end.
void begin_jobs(std::string& out, std::string_view host);
void append_job(std::string& out, std::string_view token, std::string_view state_text);
void end_jobs(std::string& out);

Result<JobsParams> jobs_params_from(std::string_view text);

void append_observation(std::string& out, const JobObservation& job);  // one entry
std::string to_text(std::span<const JobObservation> jobs);             // the whole result

// One for each of `asked` and in that order. A token without an entry, with two, or with one that
// cannot be read is `cannot-tell`; entries that nobody asked for are dropped.
std::vector<JobObservation> update_answer_from(std::string_view text,
                                               std::span<const std::string> asked);

}  // namespace ketrew::protocol
