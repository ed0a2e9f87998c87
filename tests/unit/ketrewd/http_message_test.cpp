#include "app/ketrewd/http_message.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"

namespace ketrew::daemon {
namespace {

TEST(HttpTarget, IsTakenApart) {
  Request request;
  ASSERT_TRUE(
      parse_target("/v1/jobs/a%20b%2Fc?state=running&state=queued&name=x+y%2B&flag&=v", request));
  EXPECT_EQ(request.segments, (std::vector<std::string>{"v1", "jobs", "a b/c"}));
  EXPECT_EQ(request.parameters("state"), (std::vector<std::string>{"running", "queued"}));
  ASSERT_NE(request.parameter("name"), nullptr);
  EXPECT_EQ(*request.parameter("name"), "x y+");
  ASSERT_NE(request.parameter("flag"), nullptr);
  EXPECT_EQ(*request.parameter("flag"), "");
  EXPECT_EQ(request.parameter("absent"), nullptr);
}

TEST(HttpTarget, RootTrailingSlashAndAbsoluteForm) {
  Request root, slash, absolute;
  ASSERT_TRUE(parse_target("/", root));
  EXPECT_TRUE(root.segments.empty());
  ASSERT_TRUE(parse_target("/v1/jobs/", slash));
  EXPECT_EQ(slash.segments, (std::vector<std::string>{"v1", "jobs"}));
  ASSERT_TRUE(parse_target("http://ketrew/v1/status?jobs=true", absolute));
  EXPECT_EQ(absolute.segments, (std::vector<std::string>{"v1", "status"}));
  EXPECT_EQ(*absolute.parameter("jobs"), "true");
  EXPECT_EQ(absolute.target, "/v1/status?jobs=true");
  ASSERT_TRUE(parse_target("http://ketrew", absolute));
  EXPECT_EQ(absolute.target, "/");
}

TEST(HttpTarget, NonsenseIsRefused) {
  for (const char* target : {"", "v1", "*", "/%", "/%2", "/%zz", "/a%00b", "/a?b=%4"}) {
    Request request;
    EXPECT_FALSE(parse_target(target, request)) << target;
  }
}

TEST(HttpProblem, NamesKindStatusAndHint) {
  const Json document = Json::parse(problem_document(
      {ErrorKind::not_found, "no job begins with 'x'", "see 'ketrew status'"}, 404));
  EXPECT_EQ(document["status"], 404);
  EXPECT_EQ(document["kind"], "not-found");
  EXPECT_EQ(document["title"], "Not Found");
  EXPECT_EQ(document["detail"], "no job begins with 'x'");
  EXPECT_EQ(document["hint"], "see 'ketrew status'");
  // Bytes that are no UTF-8 must not keep the problem from being told.
  EXPECT_NO_THROW(problem_document({ErrorKind::invalid, "\xff", "\xfe"}, 400));
}

TEST(HttpEvent, LinesBecomeDataLines) {
  EXPECT_EQ(event_text("7", "transition", "{}"), "id: 7\nevent: transition\ndata: {}\n\n");
  EXPECT_EQ(event_text("", "", "a\nb"), "data: a\ndata: b\n\n");
}

TEST(HttpHead, NoHeaderInjection) {
  const auto head = response_head({200, "text/plain", 3, true, false}, {{"X", "a\r\nEvil: b"}});
  EXPECT_EQ(head.find("\r\nEvil"), std::string::npos);
}

}  // namespace
}  // namespace ketrew::daemon
