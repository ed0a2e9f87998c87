// Builds on `desk`.
#define KETREW_BACKEND_SYMBOL ketrew_backend_front_desk
#include <ketrew/backend.hpp>

namespace ketrew::sdk {
namespace {

class FrontDesk : public Delegate {
 public:
  FrontDesk() : Delegate("desk") {}

 private:
  void extend_options(Json& schema) override {
    schema["properties"]["greeting"] = {{"type", "string"}, {"description", "a word"}};
  }
  Result<> before_start(Json& params) override {
    if (params["options"].value("greeting", "") == "rude")
      return fail(ErrorKind::invalid, "not here");
    params["options"].erase("greeting");
    return {};
  }
  std::vector<QueryDescription> more_queries(const JobContext&) override {
    return {{"twice", "the number, twice"}};
  }
  Result<QueryAnswer> more_query(const JobContext& job, const QueryRequest&) override {
    auto once = base_query(job, {"number"});
    if (!once) return once;
    return QueryAnswer{once->text + once->text, 0, {}};
  }
};

}  // namespace
}  // namespace ketrew::sdk

KETREW_BACKEND(ketrew::sdk::FrontDesk, "front_desk", "1.0");
