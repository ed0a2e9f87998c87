// An answer in time, and an honest one, where a host does not answer.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

// A host that takes connections and then says nothing, as one whose disk or kernel hangs.
class Deadlines : public ContractTest {
 protected:
  void SetUp() override {
    if (settings().pretends) GTEST_SKIP() << "this backend does not run programs, nor ask hosts";
    ContractTest::SetUp();
    listener_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* address = reinterpret_cast<sockaddr*>(&here);  // as the sockets interface has it
    ASSERT_EQ(bind(listener_.get(), address, size), 0);
    ASSERT_EQ(listen(listener_.get(), 64), 0);
    ASSERT_EQ(getsockname(listener_.get(), address, &size), 0);
    silent_ = "ssh://127.0.0.1:" + std::to_string(ntohs(here.sin_port)) + "/tmp/nowhere?timeout=2";
  }
  Json start_there(const std::string& token) const {
    Json params = start_params(token, "exit 0");
    params["host"] = silent_;
    return params;
  }
  static bool is_error(const Json& answer) { return answer.is_object() && answer.contains("error"); }

  std::string silent_;

 private:
  Fd listener_;
};

TEST_F(Deadlines, AStartOnAHostThatHangsIsNeverAYes) {
  const Json answer = backend_.ask("start", start_there(new_token()));
  if (is_error(answer)) return;  // it knows no such host, or says what went wrong
  const std::string said = word(answer.value("result", Json()), "answer");
  EXPECT_TRUE(said == "in-doubt" || said == "refused") << answer;
}

TEST_F(Deadlines, AFindOnAHostThatHangsProvesNothing) {
  const Json answer = backend_.ask(
      "find", {{"token", new_token()}, {"host", silent_}, {"options", settings().job_options}});
  if (is_error(answer)) return;
  EXPECT_EQ(word(answer.value("result", Json()), "answer"), "cannot-tell") << answer;
}

TEST_F(Deadlines, AHostThatHangsHoldsUpNoOther) {
  // As many as a backend that takes one after the other can answer in time.
  std::vector<std::string> hanging;
  for (int i = 0; i < 4; ++i) hanging.push_back(backend_.send("start", start_there(new_token())));
  const std::string token = new_token();
  Json state = start(token, "exit 6");
  int before = 0;  // of those that hang, how many were answered first
  for (const std::string& id : hanging) before += backend_.has_answer(id);
  // A backend that knows no such host refuses all of them at once, before it goes on.
  if (before > 0) {
    const Json first = backend_.receive(hanging.front());
    EXPECT_TRUE(is_error(first) || word(first.value("result", Json()), "when") == "for-ever")
        << before << " starts on a host that hangs were answered before one on another host: " << first;
    hanging.erase(hanging.begin());
  }
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 6);
  for (const std::string& id : hanging) EXPECT_TRUE(backend_.receive(id).is_object());
}

}  // namespace
}  // namespace ketrew::contract
