#include "backends/yarn/site.hpp"

#include <algorithm>
#include <array>

namespace ketrew::yarn {
namespace {

constexpr std::array<std::string_view, 6> keys = {
    "resource_manager", "curl_options", "user",
    "hadoop_bin",       "yarn_bin",     "distributed_shell_shell_jar"};

Result<std::vector<std::string>> texts(const std::string& key, const Json& value) {
  std::vector<std::string> list;
  if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
  const auto is_text = [](const Json& entry) { return entry.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text))
    return fail(ErrorKind::invalid, key + ": not a text or a list of texts");
  for (const auto& entry : value) list.push_back(entry.get<std::string>());
  return list;
}

// A base for paths, which goes into a configuration of curl between double quotes.
Result<std::string> base_url(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  const bool scheme = url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
  const bool plain = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '\'' && c != '?' && c != '#';
  });
  if (!scheme || !plain || url.find("/ws/") != std::string::npos)
    return fail(ErrorKind::invalid, "resource_manager: \"" + one_line(url, 80) +
                                        "\" is no address as http://rm1:8088");
  return url;
}

}  // namespace

Result<Site> site_from(const Json& options) {
  Site site;
  for (const auto& [key, value] : options.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return fail(ErrorKind::invalid, "\"" + key + "\" is no option of the yarn backend");
    if (key == "resource_manager" || key == "curl_options") {
      auto list = texts(key, value);
      if (!list) return pass(list.error());
      if (key == "curl_options") {
        site.curl_options = std::move(*list);
        continue;
      }
      for (auto& entry : *list) {
        auto url = base_url(std::move(entry));
        if (!url) return pass(url.error());
        site.resource_managers.push_back(std::move(*url));
      }
      continue;
    }
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
      return fail(ErrorKind::invalid, key + ": not a text");
    auto text = value.get<std::string>();
    if (key == "user") site.user = std::move(text);
    if (key == "hadoop_bin") site.hadoop_bin = std::move(text);
    if (key == "yarn_bin") site.yarn_bin = std::move(text);
    if (key == "distributed_shell_shell_jar") site.distributed_shell_jar = std::move(text);
  }
  return site;
}

}  // namespace ketrew::yarn
