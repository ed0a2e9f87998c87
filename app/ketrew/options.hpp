// `-o KEY=VALUE`: texts to the values that the backend's schema asks for.
#pragma once

#include "core/base/text.hpp"

namespace ketrew::client {

// An integer, number, boolean, list or object where the schema's type says so and the text is one,
// else the text: the daemon then says what is wrong with it. A list takes its items from repeated
// keys, or from one JSON text. Keys that the schema does not have go as texts, too.
Json convert_options(const std::vector<std::pair<std::string, std::string>>& given,
                     const Json& schema);

}  // namespace ketrew::client
