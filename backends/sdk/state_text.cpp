#include "backends/sdk/state_text.hpp"

#include "core/protocol/raw_json.hpp"

namespace ketrew::sdk {

void append_state(std::string& out, int version, const Json& state) {
  out += R"({"version":)";
  out += std::to_string(version);
  out += R"(,"state":)";
  out += state.dump(-1, ' ', false, Json::error_handler_t::replace);
  out += '}';
}

Result<Json> read_state(std::string_view text, int version,
                        const std::function<Result<Json>(int, Json)>& migrate) {
  const auto members = protocol::scan_checked_object(text);
  if (!members) return fail(ErrorKind::corrupt, "the job's state is not one of this backend's");
  const auto written = protocol::scan_integer(members->find("version").value_or(""));
  const auto state = members->find("state");
  if (!written || !state || *written < 1)
    return fail(ErrorKind::corrupt, "the job's state has no version");
  if (*written > version)
    return fail(ErrorKind::unavailable,
                "the job's state was written by a later version of this backend (" +
                    std::to_string(*written) + "; this one knows " + std::to_string(version) + ")",
                "install that version again");
  Json json = Json::parse(*state, nullptr, false);
  if (json.is_discarded()) return fail(ErrorKind::corrupt, "the job's state is not JSON");
  if (*written == version) return json;
  return migrate(static_cast<int>(*written), std::move(json));
}

}  // namespace ketrew::sdk
