// Seeded random texts for the property tests.
#pragma once

#include <random>
#include <string>

namespace ketrew {

class RandomBytes {
 public:
  explicit RandomBytes(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  // Mostly what breaks things: quotes, controls, halves of characters.
  std::string bytes(std::size_t most) {
    static constexpr char text[] =
        "'\"\\$`\n\r\t \0\x01\x7f\x80\xc3\xa9\xe2\x98\x83\xff{}[],:;%=&?#~-";
    static const std::string nasty(text, sizeof text - 1);
    std::string out;
    for (std::size_t n = below(most + 1); n > 0; --n)
      out += below(2) ? nasty[below(nasty.size())] : static_cast<char>(below(256));
    return out;
  }
  std::string bytes_without_nul(std::size_t most) {
    std::string out = bytes(most);
    std::erase(out, '\0');
    return out;
  }

 private:
  std::mt19937 random_;
};

}  // namespace ketrew
