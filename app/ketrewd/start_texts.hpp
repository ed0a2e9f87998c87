// What a start or a find needs of a job's spec, as it is sent: texts that are passed on without being
// taken apart.
#pragma once

#include <string>
#include <string_view>

#include "core/model/job.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::daemon {

struct StartTexts {
  protocol::RawJson program, options{"{}"};
  std::string name;  // bytes
};

StartTexts start_texts_of(const JobSpec& spec);
// From a spec as it is stored. `corrupt` where the text is not what we write.
Result<StartTexts> start_texts_from(std::string_view spec);
// Options as failures made them grow. A text that is no JSON stays as it is: the backend says what is
// wrong with it.
protocol::RawJson grown(const protocol::RawJson& options, const RetryPolicy& policy,
                        const std::array<std::uint16_t, failure_class_count>& failures);

}  // namespace ketrew::daemon
