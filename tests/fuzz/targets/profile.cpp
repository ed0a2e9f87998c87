#include "core/profile/profile.hpp"

#include "core/model/host_uri.hpp"
#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(profile) {
  const auto read = profile::parse_profile(input, "ketrew.yaml", "default");
  if (!read) {
    must(!read.error().what.empty(), "a refusal says why");
    return;
  }
  for (const auto& [name, uri] : read->hosts)
    must(parse_host_uri(uri).has_value(), "the hosts of a profile can be used");
  for (const auto& plugin : read->plugins) must(!plugin.name.empty(), "a plugin has a name");
  must(read->plugins.empty() || !read->default_backend.empty(), "there is a default backend");
}
