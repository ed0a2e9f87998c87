#include "backends/sdk/batch/site.hpp"

#include <algorithm>

namespace ketrew::sdk::batch {
namespace {

bool is_variable(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

Result<> take_environment(const Json& value, Site& site) {
  if (!value.is_object()) return fail(ErrorKind::invalid, "environment: not a map");
  for (const auto& [name, text] : value.items()) {
    if (!is_variable(name) || !text.is_string())
      return fail(ErrorKind::invalid, "environment: " + name + " is not a variable with a text");
    site.environment[name] = text.get<std::string>();
  }
  return {};
}

Result<> take_hosts(const Json& value, Site& site) {
  if (!value.is_array()) return fail(ErrorKind::invalid, "hosts: not a list of host URIs");
  for (const auto& entry : value) {
    if (!entry.is_string()) return fail(ErrorKind::invalid, "hosts: not a list of host URIs");
    auto uri = parse_host_uri(entry.get<std::string>());
    if (!uri) return fail(uri.error(), "hosts");
    site.hosts.push_back(std::move(*uri));
  }
  return {};
}

Result<> take_duration(const Json& options, const std::string& key, Milliseconds& into) {
  const auto value = duration_option(options, key);
  if (!value) return pass(value.error());
  if (*value) into = std::clamp<Milliseconds>(**value, Milliseconds(0), std::chrono::hours(24));
  return {};
}

}  // namespace

Result<Site> site_from(const Json& options) {
  Site site;
  for (const auto& [key, value] : options.items()) {
    Result<> taken;
    if (key == "bin") {
      if (!value.is_string()) return fail(ErrorKind::invalid, "bin: not the path of a folder");
      site.bin = value.get<std::string>();
    } else if (key == "environment") {
      taken = take_environment(value, site);
    } else if (key == "hosts") {
      taken = take_hosts(value, site);
    } else if (key == "submit_timeout") {
      taken = take_duration(options, key, site.submit_timeout);
    } else if (key == "command_timeout") {
      taken = take_duration(options, key, site.command_timeout);
    } else if (key == "exit_grace") {
      taken = take_duration(options, key, site.exit_grace);
    } else {
      site.rest.own[key] = value;
    }
    if (!taken) return pass(taken.error());
  }
  return site;
}

std::string prologue(const Site& site, const Scheduler::ForeignVariables& foreign) {
  std::string text;
  if (!foreign.prefixes.empty()) {
    text += "for ketrew_variable in $(env | sed -n";
    for (const auto& prefix : foreign.prefixes)
      text += " -e 's/^\\(" + prefix + "[A-Za-z0-9_]*\\)=.*/\\1/p'";
    text += "); do\n  case $ketrew_variable in\n";
    for (const auto& name : foreign.kept) text += "    " + name + ") ;;\n";
    text += "    *) unset \"$ketrew_variable\" ;;\n  esac\ndone\n";
  }
  if (!site.bin.empty()) text += "PATH=" + shell_quote(site.bin) + ":$PATH; export PATH\n";
  for (const auto& [name, value] : site.environment)
    text += name + "=" + shell_quote(value) + "; export " + name + "\n";
  return text;
}

}  // namespace ketrew::sdk::batch
