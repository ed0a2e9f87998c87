// The API's description, openapi.json, compiled in.
#pragma once

#include <string>

namespace ketrew::daemon {

extern const std::string openapi_document;

}  // namespace ketrew::daemon
