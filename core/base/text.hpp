// Pure functions on text and bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace ketrew {

using Json = nlohmann::json;

bool is_utf8(std::string_view bytes);
// Each byte that is not part of valid UTF-8 becomes U+FFFD; for showing, never for storing.
std::string to_valid_utf8(std::string_view bytes);

std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

// Bytes in JSON: a string where they are UTF-8, else {"base64": "..."}. Both ways byte for byte.
Json bytes_to_json(std::string_view bytes);
// The same as JSON text, for what is written by the ten thousand without a Json in between: a
// string (bytes that are not UTF-8 become U+FFFD); and what bytes_to_json gives.
void append_json_string(std::string& out, std::string_view text);
void append_json_bytes(std::string& out, std::string_view bytes);
Result<std::string> bytes_from_json(const Json& json);

// Quoted for a POSIX shell so that it arrives byte for byte; plain words stay as they are. Several
// words are a command: its first word stays a program's name, whatever it looks like.
std::string shell_quote(std::string_view word);
std::string shell_quote(std::span<const std::string> words);

// The candidate with the smallest edit distance, if it is near enough to be meant; else "".
std::string nearest(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> words, std::string_view separator);

// On one line and at most `size` bytes, cut at a character: newlines become spaces.
std::string one_line(std::string_view text, std::size_t size = 400);

}  // namespace ketrew
