#include "core/api/problem.hpp"

#include <gtest/gtest.h>

#include "core/api/failure.hpp"
#include "core/api/target.hpp"

namespace ketrew::api {
namespace {

constexpr ErrorKind all_kinds[] = {
    ErrorKind::invalid,  ErrorKind::not_found, ErrorKind::ambiguous,
    ErrorKind::conflict, ErrorKind::denied,    ErrorKind::unavailable,
    ErrorKind::timeout,  ErrorKind::corrupt,   ErrorKind::internal};

TEST(Problem, GoesThereAndBack) {
  for (const auto kind : all_kinds) {
    const Json document = to_problem(Error{kind, "what", "hint"});
    EXPECT_EQ(document["status"], http_status(kind));
    const Error error = from_problem(http_status(kind), document.dump());
    EXPECT_EQ(error.kind, kind);
    EXPECT_EQ(error.what, "what");
    EXPECT_EQ(error.hint, "hint");
  }
}

TEST(Problem, AnyAnswerMakesAnError) {
  EXPECT_EQ(from_problem(404, "").kind, ErrorKind::not_found);
  EXPECT_EQ(from_problem(404, "").what, "the daemon answered with status 404");
  EXPECT_EQ(from_problem(500, "<html>").kind, ErrorKind::internal);
  EXPECT_EQ(from_problem(400, "[1]").kind, ErrorKind::invalid);
  EXPECT_EQ(from_problem(503, R"({"detail": 3, "title": "Busy"})").what, "Busy");
  EXPECT_EQ(from_problem(400, R"({"detail": "a\nb"})").what, "a b") << "one line";
}

TEST(ExitCode, OfEachFailure) {
  const auto refused = [](ErrorKind kind) {
    return exit_code(Failure{Failure::Kind::refused, Error{kind, "", ""}});
  };
  EXPECT_EQ(refused(ErrorKind::not_found), Exit::no_job);
  EXPECT_EQ(refused(ErrorKind::ambiguous), Exit::no_job);
  EXPECT_EQ(refused(ErrorKind::internal), Exit::internal);
  EXPECT_EQ(refused(ErrorKind::corrupt), Exit::internal);
  for (const auto kind : {ErrorKind::invalid, ErrorKind::conflict, ErrorKind::denied,
                          ErrorKind::unavailable, ErrorKind::timeout})
    EXPECT_EQ(refused(kind), Exit::refused);
  EXPECT_EQ(exit_code(Failure{Failure::Kind::no_daemon, {}}), Exit::no_daemon);
  EXPECT_EQ(exit_code(Failure{Failure::Kind::lost, {}}), Exit::no_daemon);
  EXPECT_EQ(exit_code(Failure{Failure::Kind::broken, {}}), Exit::internal);
}

TEST(TargetText, KeepsEveryByte) {
  EXPECT_EQ(
      Target("/v1/jobs").segment("a/b").segment("..").query("x y", "\xff&=").query("z", "1").text(),
      "/v1/jobs/a%2Fb/%2E%2E?x%20y=%FF%26%3D&z=1");
}

}  // namespace
}  // namespace ketrew::api
