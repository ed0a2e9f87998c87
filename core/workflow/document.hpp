// The files of one workflow: the one that was asked for, and those that it includes.
#pragma once

#include <deque>

#include "core/workflow/workflow_file.hpp"
#include "core/yaml/problems.hpp"

namespace ketrew::workflow {

struct Document {
  std::string folder;  // where its relative paths start
  yaml::Node root;
  const yaml::Node* params = nullptr;
  yaml::Node* nodes = nullptr;  // whoever has read one of them lets go of it: there may be very many
  std::vector<const yaml::Node*> defaults;  // its own, then those of the file that includes it, ...
};

struct Documents {
  explicit Documents(std::string file) : problems(std::move(file)) {}
  std::deque<Document> all;  // those included in front of the one that includes them
  std::string name;          // as the main file says
  yaml::Problems problems;   // knows the files' names, also later on
};

// Reads `text` and what it includes. `file` is its name for messages. All files together are
// bounded as one is. What is wrong is in `problems`.
void read_documents(std::string_view text, const std::string& file, const std::string& folder,
                    Documents& documents);

}  // namespace ketrew::workflow
