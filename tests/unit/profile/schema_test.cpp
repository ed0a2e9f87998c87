// The parser, the JSON schema, the list of keys for people and the shipped profiles are in step.
#include <gtest/gtest.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/base/file.hpp"
#include "core/profile/profile.hpp"
#include "core/yaml/tree.hpp"

namespace ketrew::profile {
namespace {

const std::string folder = KETREW_CONFIG_FOLDER;

Json the_schema() { return Json::parse(read_file(folder + "/profile.schema.json").value()); }

bool schema_accepts(const Json& document) {
  valijson::Schema schema;
  const Json json = the_schema();
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json), schema);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document), nullptr);
}

bool parser_accepts(const std::string& yaml) {
  return parse_profile(yaml, "f", "default").has_value();
}

// The keys that the parser knows in one map, out of its own complaint about a key like no other.
std::set<std::string> keys_of_parser(const std::string& before, const std::string& after) {
  const auto profile = parse_profile(before + "zzzzzzzzzzzzzzzz: 1" + after, "f", "default");
  const std::string text = profile ? "" : profile.error().text();
  const auto at = text.find("known: ");
  EXPECT_NE(at, std::string::npos) << text;
  std::set<std::string> keys;
  if (at != std::string::npos)
    for (const auto& key : split(text.substr(at + 7), ',')) keys.insert(std::string(trim(key)));
  return keys;
}

std::set<std::string> keys_of_schema(const Json& schema) {
  std::set<std::string> keys;
  for (const auto& [key, value] : schema.at("properties").items()) keys.insert(key);
  return keys;
}

TEST(ProfileSchema, HasTheKeysOfTheParserAndSoHasTheReadme) {
  const Json profile = the_schema()["properties"]["profiles"]["additionalProperties"];
  const Json plugin = profile["properties"]["plugins"]["items"];
  const std::string in = "profiles: {default: {";
  const std::tuple<Json, std::string, std::string> maps[] = {
      {profile, in, "}}"},
      {plugin, in + "plugins: [{package: a, ", "}]}}"},
      {plugin["properties"]["deadlines"], in + "plugins: [{package: a, deadlines: {", "}}]}}"},
      {profile["properties"]["engine"], in + "engine: {", "}}}"},
      {profile["properties"]["limits"]["additionalProperties"], in + "limits: {a: {", "}}}}"},
  };
  const std::string readme = read_file(folder + "/README.md").value();
  for (const auto& [schema, before, after] : maps) {
    EXPECT_EQ(keys_of_parser(before, after), keys_of_schema(schema)) << before;
    for (const auto& key : keys_of_schema(schema))
      EXPECT_TRUE(readme.find("`" + key + "`") != std::string::npos ||
                  readme.find("`" + key + ":") != std::string::npos ||
                  readme.find(key + ": ") != std::string::npos)
          << "config/README.md does not have " << key;
  }
}

TEST(ProfileSchema, AgreesWithTheParserOnValues) {
  const char* const bodies[] = {"plugins: []",
                                "plugins: 3",
                                "plugins: [{package: a}]",
                                "plugins: [{package: 3}]",
                                "plugins: [{package: a, path: b}]",
                                "plugins: [{}]",
                                "plugins: [{exec: [a], name: b}]",
                                "plugins: [{exec: [a]}]",
                                "plugins: [{exec: [], name: b}]",
                                "plugins: [{exec: a, name: b}]",
                                "plugins: [{package: a, options: {x: 1}}]",
                                "plugins: [{package: a, options: [1]}]",
                                "plugins: [{package: a, name: -b}]",
                                "plugins: [{package: a, deadlines: {start: 3s}}]",
                                "plugins: [{package: a, deadlines: {start: soon}}]",
                                "hosts: {a: /x}",
                                "hosts: {a: 3}",
                                "engine:",
                                "engine: 3",
                                "engine: {max_attempts: 3}",
                                "engine: {max_attempts: 0}",
                                "engine: {max_attempts: 1001}",
                                "engine: {lost_after: 90}",
                                "engine: {lost_after: 1h30m}",
                                "engine: {lost_after: -1}",
                                "engine: {lost_after: true}",
                                "engine: {set_aside_after: 1.5}",
                                "limits: {a: {running: 1, starts_per_second: 0.5}}",
                                "limits: {a: {running: 0}}",
                                "limits: {a: {starts_per_second: 0}}",
                                "listen:",
                                "listen: {}",
                                "listen: {port: 1}",
                                "listen: 3",
                                "allow_network_file_system: true",
                                "allow_network_file_system: 1",
                                "log_level: debug",
                                "log_level: loud",
                                "default_backend: 3",
                                "default_host: /x",
                                "default_host: ''"};
  for (const std::string body : bodies) {
    const std::string yaml = "profiles: {default: {" + body + "}}";
    const auto tree = yaml::parse(yaml, "f");
    ASSERT_TRUE(tree) << yaml;
    EXPECT_EQ(parser_accepts(yaml), schema_accepts(to_json(*tree))) << body;
  }
}

TEST(ShippedProfiles, AreAcceptedByParserAndSchema) {
  const std::string file = folder + "/ketrew.yaml";
  const auto standard = load_profile(file, "default");
  ASSERT_TRUE(standard) << standard.error().text();
  ASSERT_EQ(standard->plugins.size(), 1u);
  EXPECT_EQ(standard->plugins[0].package, "daemonize");
  const auto server = load_profile(file, "server-with-plugins");
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_EQ(server->default_backend, "daemonize");
  EXPECT_TRUE(server->warnings.empty());
  EXPECT_TRUE(schema_accepts(to_json(yaml::load(file).value())));
}

}  // namespace
}  // namespace ketrew::profile
