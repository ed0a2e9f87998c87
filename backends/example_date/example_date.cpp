// daemonize with one more query: the smallest backend that builds on another.
#include <ctime>

#include <ketrew/backend.hpp>

namespace {

using namespace ketrew;

class ExampleDate : public sdk::Delegate {
 public:
  ExampleDate() : Delegate("daemonize") {}
  static constexpr bool concurrent_hosts = true;  // as daemonize: a host that hangs holds up no other

 private:
  std::vector<sdk::QueryDescription> more_queries(const JobContext&) override {
    return {{"date", "the date on this machine"}};
  }

  Result<sdk::QueryAnswer> more_query(const JobContext&, const sdk::QueryRequest&) override {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    char text[128];
    if (!localtime_r(&now, &parts) || !std::strftime(text, sizeof text, "%c %Z\n", &parts))
      return fail(ErrorKind::internal, "the date cannot be written");
    return sdk::QueryAnswer{text, 0, {}};
  }
};

}  // namespace

KETREW_BACKEND(ExampleDate, "example_date", "1.0");
