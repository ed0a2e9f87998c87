// A backend as the API shows it.
#pragma once

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

Json backend_to_json(const Service& service, const BackendView& view, bool with_schema);

}  // namespace ketrew::daemon
