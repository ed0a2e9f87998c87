#include "backends/daemonize/supervisor/wire.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "backends/daemonize/supervisor/slot_table.hpp"

namespace ketrew::daemonize {
namespace {

wire::Start a_start() {
  wire::Start start;
  start.token = "01h-1";
  start.root = "/pg";
  start.job_id = "01h";
  start.attempt = 1;
  start.grace_ms = 5000;
  start.environment = {"A=1", "B="};
  start.argv = {"printf", std::string("\xff\n\"", 3), ""};
  start.script = "#!/bin/sh\n";
  return start;
}

TEST(Wire, AFrameComesBackAndItsPartsDoNot) {
  std::string bytes;
  wire::Writer writer(bytes);
  write(writer, a_start());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view part(bytes.data(), size);
    wire::Frame frame{};
    EXPECT_EQ(wire::cut_frame(part, frame), wire::Cut::more);
  }
  std::string_view whole = bytes;
  wire::Frame frame{};
  ASSERT_EQ(wire::cut_frame(whole, frame), wire::Cut::frame);
  const auto start = wire::read_start(frame.body);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->argv, a_start().argv);
  EXPECT_EQ(start->environment, a_start().environment);
  for (std::size_t size = 0; size < frame.body.size(); ++size)
    EXPECT_FALSE(wire::read_start(frame.body.substr(0, size)));
}

TEST(Wire, HugeAndEmptySizesAreBroken) {
  for (const std::string& text : {std::string("\0\0\0\0", 4), std::string("\xff\xff\xff\xff", 4)}) {
    std::string_view bytes = text;
    wire::Frame frame{};
    EXPECT_EQ(wire::cut_frame(bytes, frame), wire::Cut::broken);
  }
}

TEST(Wire, MutationsNeverCrash) {
  std::string bytes;
  wire::Writer writer(bytes);
  write(writer, a_start());
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int byte = 0; byte < 256; byte += 17) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(byte);
      std::string_view rest = changed;
      wire::Frame frame{};
      if (wire::cut_frame(rest, frame) == wire::Cut::frame) wire::read_start(frame.body);
    }
}

TEST(SlotTable, OutlivesItsMapping) {
  char folder[] = "/tmp/ketrew-slots-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/slots";
  {
    auto table = SlotTable::open(path);
    ASSERT_TRUE(table) << table.error().text();
    (*table)[5].pid.store(77);
    (*table)[5].step.store(Step::running);
    table->set_boot("b1");
    EXPECT_EQ(table->root_index("/pg").value_or(99), 0u);
    EXPECT_EQ(table->root_index("/other").value_or(99), 1u);
    EXPECT_FALSE(table->root_index("relative"));
  }
  auto again = SlotTable::open(path);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[5].pid.load(), 77);
  EXPECT_EQ(again->boot(), "b1");
  EXPECT_EQ(again->root_index("/other").value_or(99), 1u);
  // Roots that no slot uses make room.
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(again->root_index("/r" + std::to_string(i)));
  ASSERT_EQ(std::system((std::string("rm -r ") + folder).c_str()), 0);
}

}  // namespace
}  // namespace ketrew::daemonize
