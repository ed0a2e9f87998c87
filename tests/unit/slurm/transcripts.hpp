// The recordings of Slurm.
#pragma once

#include <string>
#include <vector>

#include "tests/transcripts/recordings.hpp"

namespace ketrew::slurm {

// Of all files, or of one.
inline std::vector<test::Recording> transcripts(const std::string& only = "") {
  auto all = test::recordings("slurm");
  if (!only.empty()) std::erase_if(all, [&](const auto& one) { return one.file != only; });
  return all;
}

}  // namespace ketrew::slurm
