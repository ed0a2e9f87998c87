#include "core/api/event_parser.hpp"

#include <gtest/gtest.h>

namespace ketrew::api {
namespace {

TEST(EventParser, ReadsEventsHoweverTheyAreCut) {
  const std::string bytes =
      ": hello\n\nid: 7\nevent: transition\ndata: {\"a\":1}\n\n"
      ":keep alive\r\n\r\ndata:one\r\ndata: two\r\nretry: 10\r\n\r\nevent: nothing\n\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EventParser parser;
    ASSERT_TRUE(parser.feed(bytes.substr(0, cut)));
    ASSERT_TRUE(parser.feed(bytes.substr(cut)));
    const auto first = parser.next(), second = parser.next();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->id, "7");
    EXPECT_EQ(first->name, "transition");
    EXPECT_EQ(first->data, "{\"a\":1}");
    EXPECT_EQ(second->id, "7") << "the last one holds";
    EXPECT_EQ(second->name, "message");
    EXPECT_EQ(second->data, "one\ntwo");
    EXPECT_FALSE(parser.next());
  }
}

TEST(EventParser, AnEventWithoutEndIsRefused) {
  EventParser parser;
  bool refused = false;
  for (int i = 0; i < 40 && !refused; ++i) refused = !parser.feed(std::string(1 << 20, 'x'));
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace ketrew::api
