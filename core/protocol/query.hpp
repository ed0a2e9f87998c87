// `queries`, `query` and `log`: what people ask about one job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

struct JobParams {  // of `queries` and `log`
  std::string token;
  RawJson state;
  std::string host;
  bool operator==(const JobParams&) const = default;
};

struct QueryParams {
  JobParams job;
  std::string name;
  std::int64_t offset = 0;       // bytes; negative: from the end
  std::int64_t limit = 1 << 20;  // bytes, at least 1
  bool operator==(const QueryParams&) const = default;
};

struct QueryDescription {
  std::string name, description;
  bool operator==(const QueryDescription&) const = default;
};

struct QueryAnswer {
  std::string text;                  // any bytes
  std::int64_t offset = 0;           // where in the file `text` begins
  std::optional<std::int64_t> size;  // of the whole file, where it is one
  bool operator==(const QueryAnswer&) const = default;
};

struct LogValue {
  std::string label, value;
  bool operator==(const LogValue&) const = default;
};

std::string to_text(const JobParams& params);
Result<JobParams> job_params_from(std::string_view text);
std::string to_text(const QueryParams& params);
Result<QueryParams> query_params_from(std::string_view text);

std::string queries_to_text(const std::vector<QueryDescription>& queries);
Result<std::vector<QueryDescription>> queries_from(std::string_view text);
std::string to_text(const QueryAnswer& answer);
Result<QueryAnswer> query_answer_from(std::string_view text);
std::string log_to_text(const std::vector<LogValue>& values);
Result<std::vector<LogValue>> log_from(std::string_view text);

}  // namespace ketrew::protocol
