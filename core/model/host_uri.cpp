#include "core/model/host_uri.hpp"

#include <charconv>

#include "core/base/percent.hpp"
#include "core/base/text.hpp"

namespace ketrew {
namespace {

constexpr const char* example = "write /PATH for this machine or ssh://USER@HOST:PORT/PATH";

// Beside what every URI leaves as it is.
constexpr std::string_view plain = "/+@:";

std::string encode(std::string_view text) { return percent_encode(text, plain); }

Result<std::string> decode(std::string_view text) {
  if (auto decoded = percent_decode(text)) return std::move(*decoded);
  return fail(ErrorKind::invalid, "'%' without two hexadecimal digits in a host URI", example);
}

Result<int> number(std::string_view text, const char* what, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return fail(ErrorKind::invalid, std::string(what) + " \"" + one_line(text, 40) + "\" in a host URI",
                std::string("a whole number from ") + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

Result<> parse_query(std::string_view query, HostUri& uri) {
  for (const auto& pair : split(query, '&')) {
    const auto equals = pair.find('=');
    const std::string key = pair.substr(0, equals);
    if (equals == std::string::npos)
      return fail(ErrorKind::invalid, "\"" + one_line(pair, 40) + "\" in a host URI has no value", example);
    auto value = decode(std::string_view(pair).substr(equals + 1));
    if (!value) return pass(value.error());
    const auto twice = [&] {
      return fail(ErrorKind::invalid, "\"" + key + "\" is twice in a host URI", example);
    };
    if (key == "shell") {
      if (!uri.shell.empty()) return twice();
      uri.shell = split(*value, ',');
      if (uri.shell[0].empty())
        return fail(ErrorKind::invalid, "\"shell\" in a host URI names no program",
                    "write shell=bash,-l,-c");
    } else if (key == "timeout") {
      if (uri.timeout_seconds) return twice();
      const auto seconds = number(*value, "timeout", 1, 86400);
      if (!seconds) return pass(seconds.error());
      uri.timeout_seconds = *seconds;
    } else if (key == "ssh-option") {
      uri.ssh_options.push_back(*value);
    } else {
      const std::vector<std::string> known = {"shell", "timeout", "ssh-option"};
      const std::string near = nearest(key, known);
      return fail(ErrorKind::invalid, "unknown key \"" + one_line(key, 40) + "\" in a host URI",
                  near.empty() ? "known: shell, timeout, ssh-option" : "did you mean \"" + near + "\"?");
    }
  }
  return {};
}

}  // namespace

Result<HostUri> parse_host_uri(const std::string& text) {
  HostUri uri;
  if (text.empty()) return fail(ErrorKind::invalid, "the host URI is empty", example);
  if (text.find('\0') != std::string::npos)
    return fail(ErrorKind::invalid, "a NUL byte in a host URI", example);
  std::string_view rest = text;
  const auto question = rest.find('?');
  if (question != std::string_view::npos) {
    if (auto parsed = parse_query(rest.substr(question + 1), uri); !parsed) return pass(parsed.error());
    rest = rest.substr(0, question);
  }
  if (rest.rfind("ssh://", 0) == 0) {
    rest.remove_prefix(6);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos)
      return fail(ErrorKind::invalid, "the host URI " + one_line(text, 80) + " has no playground path", example);
    std::string_view authority = rest.substr(0, slash);
    rest = rest.substr(slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
      auto user = decode(authority.substr(0, at));
      if (!user) return pass(user.error());
      uri.user = *user;
      authority = authority.substr(at + 1);
    }
    if (const auto colon = authority.rfind(':');
        colon != std::string_view::npos && (authority[0] != '[' || colon > authority.find(']'))) {
      const auto port = number(authority.substr(colon + 1), "port", 1, 65535);
      if (!port) return pass(port.error());
      uri.port = *port;
      authority = authority.substr(0, colon);
    }
    auto host = decode(authority);
    if (!host) return pass(host.error());
    uri.hostname = *host;
    const auto bad = [](const std::string& word) {
      return word.empty() || word[0] == '-' ||
             word.find_first_of(" \t\r\n'\"\\;&|<>$`(){}*") != std::string::npos;
    };
    if (bad(uri.hostname) || (!uri.user.empty() && bad(uri.user)))
      return fail(ErrorKind::invalid, "no usable host name in the host URI " + one_line(text, 80), example);
  } else if (rest.find("://") != std::string_view::npos) {
    return fail(ErrorKind::invalid, "unknown scheme in the host URI " + one_line(text, 80), example);
  }
  auto path = decode(rest);
  if (!path) return pass(path.error());
  uri.playground = *path;
  while (uri.playground.size() > 1 && uri.playground.back() == '/') uri.playground.pop_back();
  if (uri.playground.empty() || uri.playground[0] != '/')
    return fail(ErrorKind::invalid, "the host URI " + one_line(text, 80) + " has no absolute path", example);
  return uri;
}

std::string HostUri::endpoint() const {
  std::string out = user.empty() ? hostname : user + "@" + hostname;
  if (port) out += ":" + std::to_string(*port);
  return out;
}

std::string HostUri::text() const {
  std::string out;
  if (!is_local()) {
    out = "ssh://";
    if (!user.empty()) out += encode(user) + "@";
    out += hostname;
    if (port) out += ":" + std::to_string(*port);
  }
  out += encode(playground);
  char separator = '?';
  const auto add = [&](const char* key, const std::string& value) {
    out += separator + std::string(key) + "=" + encode(value);
    separator = '&';
  };
  // Commas separate the words of a shell: they stay as they are.
  if (!shell.empty()) {
    std::string words;
    for (const auto& word : shell) words += (words.empty() ? "" : ",") + encode(word);
    out += separator + std::string("shell=") + words;
    separator = '&';
  }
  if (timeout_seconds) add("timeout", std::to_string(*timeout_seconds));
  for (const auto& option : ssh_options) add("ssh-option", option);
  return out;
}

}  // namespace ketrew
