// The API's document is whole, and has every path that the client asks for.
#include <gtest/gtest.h>

#include "core/api/problem.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/model/job.hpp"

namespace ketrew {
namespace {

Json the_document() { return Json::parse(read_file(KETREW_OPENAPI).value()); }

void check_references(const Json& document, const Json& part) {
  if (part.is_object() && part.contains("$ref")) {
    const std::string reference = part["$ref"];
    ASSERT_EQ(reference.rfind("#/", 0), 0u) << reference;
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
  if (part.is_structured())
    for (const auto& each : part) check_references(document, each);
}

std::set<std::string> words_of(const Json& list) {
  std::set<std::string> words;
  for (const auto& each : list)
    if (each.is_string()) words.insert(each.get<std::string>());
  return words;
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const Json document = the_document();
  EXPECT_EQ(document["openapi"], "3.1.0");
  check_references(document, document);
}

TEST(OpenApi, HasTheWordsOfTheModel) {
  const Json schemas = the_document()["components"]["schemas"];
  std::set<std::string> states, classes;
  for (const State state : all_states) states.emplace(to_string(state));
  for (const FailureClass failure : all_failure_classes) classes.emplace(to_string(failure));
  EXPECT_EQ(words_of(schemas["State"]["enum"]), states);
  EXPECT_EQ(words_of(schemas["Job"]["properties"]["class"]["enum"]), classes);
}

TEST(OpenApi, HasEveryKeyOfAJob) {
  const Json schemas = the_document()["components"]["schemas"];
  JobRecord record;
  record.spec.name = "n";
  record.spec.tags = {"t"};
  record.spec.restart_of = record.id;
  record.spec.timeout = Milliseconds(1);
  const Json job = to_json(record), problem = api::to_problem(Error{});
  for (const auto& [key, value] : job.items())
    EXPECT_TRUE(schemas["Job"]["properties"].contains(key)) << key;
  for (const auto& key : schemas["Job"]["required"])
    EXPECT_TRUE(job.contains(key.get<std::string>())) << key;
  for (const auto& [key, value] : problem.items())
    EXPECT_TRUE(schemas["Problem"]["properties"].contains(key)) << key;
}

TEST(OpenApi, EveryOperationHasANameAndTheAnswerForProblems) {
  std::set<std::string> names;
  const Json document = the_document();
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      EXPECT_TRUE(names.insert(operation.at("operationId").get<std::string>()).second) << path;
      EXPECT_TRUE(operation["responses"].contains("default")) << path;
    }
}

}  // namespace
}  // namespace ketrew
