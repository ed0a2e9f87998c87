// Removes playgrounds in the background, a few at a time: very many removed files at once make a file
// system slow for those that work. On the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

class PlaygroundRemoval {
 public:
  // `ask`: one command on a host, as Conditions::ask. `may_go` is asked again just before.
  using Ask = std::function<void(const std::string& method, std::string params, Milliseconds deadline,
                                 std::function<void(Result<Json>)>)>;
  PlaygroundRemoval(boost::asio::io_context& loop, Ask ask,
                    std::function<bool(const std::string& token)> may_go,
                    std::function<void(const std::string&)> log);
  ~PlaygroundRemoval();

  // `unfinished`: only the files in it that were never renamed into place. What cannot be removed is
  // logged, and left.
  void add(const std::string& host, const std::string& token, bool unfinished);
  std::size_t waiting() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
