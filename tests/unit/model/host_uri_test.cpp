#include "core/model/host_uri.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"
#include "tests/unit/base/random_bytes.hpp"

namespace ketrew {
namespace {

TEST(HostUri, Reads) {
  const auto all =
      parse_host_uri(
          "ssh://user@login1:22/scratch/pg?shell=bash,-l,-c&timeout=30&ssh-option=-K&ssh-option=-v")
          .value();
  EXPECT_EQ(all.user, "user");
  EXPECT_EQ(all.hostname, "login1");
  EXPECT_EQ(all.port, 22);
  EXPECT_EQ(all.playground, "/scratch/pg");
  EXPECT_EQ(all.shell, (std::vector<std::string>{"bash", "-l", "-c"}));
  EXPECT_EQ(all.timeout_seconds, 30);
  EXPECT_EQ(all.ssh_options, (std::vector<std::string>{"-K", "-v"}));
  EXPECT_EQ(all.endpoint(), "user@login1:22");
  EXPECT_FALSE(all.is_local());

  const auto local = parse_host_uri("/scratch/p%20g/").value();
  EXPECT_TRUE(local.is_local());
  EXPECT_EQ(local.playground, "/scratch/p g");
  EXPECT_EQ(parse_host_uri("/").value().playground, "/");
  EXPECT_EQ(parse_host_uri("ssh://h/x").value().endpoint(), "h");
  EXPECT_EQ(parse_host_uri("ssh://[::1]:2222/x").value().port, 2222);
  EXPECT_FALSE(parse_host_uri("ssh://[::1]/x").value().port);
  EXPECT_EQ(parse_host_uri("ssh://me@corp@login/x").value().user, "me@corp");
}

TEST(HostUri, TextReadsBackEqual) {
  for (const std::string text :
       {"/x", "/x%3Fy%25", "ssh://h/x", "ssh://u@h:1/x?shell=a,b&timeout=1&ssh-option=%26%3D",
        "ssh://[::1]/x", "ssh://[fe80::1]:22/x", "ssh://h/x?shell=sh,-c,", "ssh://u%40v@h/x",
        "ssh://a%3Ab@h/x"}) {
    const auto uri = parse_host_uri(text);
    ASSERT_TRUE(uri) << text << ": " << uri.error().text();
    const auto back = parse_host_uri(uri->text());
    ASSERT_TRUE(back) << uri->text() << ": " << back.error().text();
    EXPECT_TRUE(*back == *uri) << text << " -> " << uri->text();
  }
}

TEST(HostUri, AnyPlaygroundAndOptionsReadBack) {
  RandomBytes random(1);
  for (int i = 0; i < 3000; ++i) {
    HostUri uri;
    if (random.below(2)) uri.hostname = "host";
    if (!uri.is_local() && random.below(2)) uri.port = 1 + static_cast<int>(random.below(65535));
    uri.playground = "/" + random.bytes_without_nul(12);
    while (uri.playground.size() > 1 && uri.playground.back() == '/') uri.playground.pop_back();
    for (std::size_t n = random.below(3); n > 0; --n) {
      std::string word = random.bytes_without_nul(5) + "x";
      std::erase(word, ',');
      uri.shell.push_back(word);
    }
    for (std::size_t n = random.below(3); n > 0; --n)
      uri.ssh_options.push_back(random.bytes_without_nul(8));
    const auto back = parse_host_uri(uri.text());
    ASSERT_TRUE(back) << uri.text() << ": " << back.error().text();
    EXPECT_TRUE(*back == uri) << uri.text();
  }
}

TEST(HostUri, Refuses) {
  for (const std::string text : {"",
                                 "relative",
                                 "~/pg",
                                 "ssh://",
                                 "ssh://host",
                                 "ssh:///x",
                                 "ssh://@/x",
                                 "ssh://-oProxyCommand=x/x",
                                 "ssh://-l@h/x",
                                 "ssh://h:0/x",
                                 "ssh://h:65536/x",
                                 "ssh://h:/x",
                                 "ssh://h:22x/x",
                                 "ssh://h:-1/x",
                                 "http://h/x",
                                 "file:///x",
                                 "ssh://h/x?",
                                 "ssh://h/x?shell",
                                 "ssh://h/x?shel=sh",
                                 "ssh://h/x?timeout=0",
                                 "ssh://h/x?timeout=1.5",
                                 "ssh://h/x?timeout=99999999999",
                                 "ssh://h/x%",
                                 "ssh://h/x%4",
                                 "ssh://h/x%zz",
                                 "ssh://h/x%00",
                                 "/x%+1",
                                 "ssh://h h/x",
                                 "ssh://h;rm/x",
                                 "ssh://$(x)/x",
                                 "ssh://h`x`/x",
                                 "ssh://h%0a/x",
                                 "ssh://u'v@h/x",
                                 "ssh://h|x/x",
                                 "ssh://h/x?timeout=1&timeout=2",
                                 "ssh://h/x?shell="}) {
    const auto uri = parse_host_uri(text);
    EXPECT_FALSE(uri) << text;
    if (!uri) {
      EXPECT_EQ(uri.error().kind, ErrorKind::invalid);
      EXPECT_NE(uri.error().hint, "") << text;
    }
  }
  EXPECT_FALSE(parse_host_uri(std::string("/x\0y", 4)));
  EXPECT_NE(parse_host_uri("ssh://h/x?timout=3").error().hint.find("timeout"), std::string::npos);
}

TEST(HostUri, AnyTextIsJudged) {
  RandomBytes random(2);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = (random.below(2) ? "ssh://" : "/") + random.bytes(30);
    const auto uri = parse_host_uri(text);
    if (uri) {
      EXPECT_TRUE(parse_host_uri(uri->text()).has_value()) << uri->text();
      EXPECT_EQ(uri->playground[0], '/');
      if (!uri->is_local()) {
        EXPECT_NE(uri->hostname[0], '-');
      }
    } else {
      EXPECT_TRUE(is_utf8(uri.error().text()));
    }
  }
}

}  // namespace
}  // namespace ketrew
