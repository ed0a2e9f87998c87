#include "core/profile/manifest.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(manifest) {
  const auto read = profile::parse_manifest(input, "backend.yaml");
  if (!read) return;
  must(read->module.find('/') == std::string::npos, "a module is beside its manifest");
  must(!read->module.empty() && read->module != "..", "a module is a file");
  must(read->abi >= 1, "ABIs are counted from 1");
}
