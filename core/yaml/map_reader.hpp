// Takes the keys of a YAML map one by one.
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/yaml/problems.hpp"

namespace ketrew::yaml {

// Each `take` leaves the value as it was where the key is absent or wrong, and tells whether it set
// it. A node that is no map is a problem, and then has no keys. Null stands for an empty map.
class MapReader {
 public:
  // `what`: "a profile"; for messages: "... is not a map", "unknown key ... in a profile".
  MapReader(const Node& node, std::string what, Problems& problems);
  ~MapReader();  // keys that nobody took are unknown: a problem each, with the nearest known one
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  const Node* node(const std::string& key);                 // null if absent
  bool text(const std::string& key, std::string& value);    // not empty
  bool scalar(const std::string& key, std::string& value);  // as it is written: 1.10 stays "1.10"
  bool boolean(const std::string& key, bool& value);
  bool integer(const std::string& key, std::int64_t low, std::int64_t high, int& value);
  bool number(const std::string& key, double low, double high, double& value);
  bool duration(const std::string& key, Milliseconds low, Milliseconds high, Milliseconds& value);
  bool word(const std::string& key, const std::vector<std::string>& allowed, std::string& value);
  bool texts(const std::string& key,
             std::vector<std::string>& value);    // a list, none of them empty
  bool map(const std::string& key, Json& value);  // an object

  Problems& problems() { return problems_; }
  Place place() const { return node_.place; }

 private:
  bool wrong(const Node& value, const std::string& key, const std::string& expected);

  const Node& node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace ketrew::yaml
