// The folder of one attempt at a job: `<host's playground>/<token>/`.
#pragma once

#include <string>
#include <string_view>

#include "core/model/host_uri.hpp"

namespace ketrew::host {

struct Playground {
  std::string path;  // absolute, on its host

  std::string file(std::string_view name) const;
  std::string script() const { return file("script"); }
  std::string out() const { return file("out"); }      // the job's stdout
  std::string err() const { return file("err"); }      // its stderr
  std::string log() const { return file("log"); }      // a line per step, with the time
  std::string claim() const { return file("claim"); }  // made by whoever may run it: one only
  std::string exit() const { return file("exit"); }    // exit_record.hpp; renamed into place
};

// `token` must be one word of [a-z0-9-]: it is a folder's name and is never quoted.
Playground playground_of(const HostUri& host, std::string_view token);
bool is_token(std::string_view text);

}  // namespace ketrew::host
