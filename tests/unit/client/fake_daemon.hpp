// A daemon played by a test: it serves one Unix socket, one connection at a time.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/ketrew/console.hpp"
#include "core/api/client.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace ketrew::client {

struct Got {
  std::string method, target, head;  // `head`: all header lines
  Json body;
  std::string header(const std::string& name) const;  // as it was written
};

// What to do with the connection: bytes to send, then keep it open or close it.
struct Reply {
  std::string bytes;
  bool close = false;
  bool hold = false;  // open, without another byte, until the client leaves or the test ends
};
Reply json_reply(const Json& document, int status = 200);
Reply problem_reply(ErrorKind kind, const std::string& what, const std::string& hint = {});
// A stream of events: each is {id, data}. Closed after them, or held open.
Reply events_reply(const std::vector<std::pair<std::string, Json>>& events, bool hold);

class FakeDaemon {
 public:
  // `handler` is called on the daemon's threads, one request at a time.
  explicit FakeDaemon(std::function<Reply(const Got&)> handler);
  ~FakeDaemon();
  const std::string& home() const { return home_; }
  std::string socket() const { return home_ + "/ketrewd.sock"; }
  std::vector<Got> requests();  // so far

 private:
  void serve(Fd connection);

  std::string home_;
  std::function<Reply(const Got&)> handler_;
  Fd listener_, stop_read_, stop_write_;
  std::mutex mutex_;
  std::vector<Got> requests_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

// What a command did.
struct Ran {
  int exit = -1;
  std::string out, err;
  Json json() const { return Json::parse(out, nullptr, false); }
};
// With $KETREW_HOME set to `home`. Impatient: what is repeated is so for a moment only.
Ran run_client(const std::string& home, const std::vector<std::string>& words,
               const std::string& input = {});
api::Patience impatient();

// A job as the API shows it.
Json a_job(int number, const std::string& state);
std::string an_id(int number);

}  // namespace ketrew::client
