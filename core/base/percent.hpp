// Percent encoding (RFC 3986): any bytes within a URI, as %XX.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketrew {

// Letters, digits and "-_.~" stay as they are, and what is in `also_plain`; all else becomes %XX.
std::string percent_encode(std::string_view bytes, std::string_view also_plain = {});

// Nothing where a '%' is not followed by two hexadecimal digits, or these say NUL.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace ketrew
