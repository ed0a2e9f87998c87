#include "core/model/program.hpp"

namespace ketrew {
namespace {

void append_command(std::string& out, const Command& command) {
  if (command.exec.empty()) {
    out += R"({"sh":)";
    append_json_bytes(out, command.sh);
  } else {
    out += R"({"exec":[)";
    for (const auto& word : command.exec) {
      if (&word != command.exec.data()) out += ',';
      append_json_bytes(out, word);
    }
    out += ']';
  }
  out += '}';
}

Result<std::string> bytes_without_nul(const Json& json, const char* of) {
  auto bytes = bytes_from_json(json);
  if (!bytes) return fail(bytes.error(), of);
  if (bytes->find('\0') != std::string::npos)
    return fail(ErrorKind::invalid, std::string(of) + " has a NUL byte in it");
  return bytes;
}

Result<Command> command_from_json(const Json& json) {
  if (!json.is_object() || json.size() != 1 || !(json.contains("sh") || json.contains("exec")))
    return fail(ErrorKind::invalid, "a command is not {\"sh\": TEXT} or {\"exec\": [ARG, ...]}");
  Command command;
  if (json.contains("sh")) {
    auto text = bytes_without_nul(json["sh"], "\"sh\"");
    if (!text) return pass(text.error());
    if (trim(*text).empty())
      return fail(ErrorKind::invalid, "the command is empty", "give a shell text or an argument vector");
    command.sh = std::move(*text);
    return command;
  }
  const Json& words = json["exec"];
  if (!words.is_array() || words.empty())
    return fail(ErrorKind::invalid, "the command is empty", "\"exec\" takes a list of one word or more");
  for (const Json& word : words) {
    auto bytes = bytes_without_nul(word, "an argument of \"exec\"");
    if (!bytes) return pass(bytes.error());
    command.exec.push_back(std::move(*bytes));
  }
  if (command.exec[0].empty())
    return fail(ErrorKind::invalid, "the command is empty", "the first word of \"exec\" names the program");
  return command;
}

}  // namespace

void append_json(std::string& out, const Program& program) {
  const bool plain = program.environment.empty() && program.directory.empty();
  const bool list = !plain || program.commands.size() != 1;
  if (!plain) out += R"({"commands":)";
  if (list) out += '[';
  for (const auto& command : program.commands) {
    if (&command != program.commands.data()) out += ',';
    append_command(out, command);
  }
  if (list) out += ']';
  if (plain) return;
  if (!program.environment.empty()) {
    char before = '{';
    out += R"(,"environment":)";
    for (const auto& [name, value] : program.environment) {
      out += std::exchange(before, ',');
      append_json_string(out, name);
      out += ':';
      append_json_bytes(out, value);
    }
    out += '}';
  }
  if (!program.directory.empty()) {
    out += R"(,"directory":)";
    append_json_bytes(out, program.directory);
  }
  out += '}';
}

Json to_json(const Program& program) {
  std::string text;
  append_json(text, program);
  return Json::parse(text);
}

Result<Program> program_from_json(const Json& json) {
  Program program;
  const Json* commands = &json;
  if (json.is_object() && json.contains("commands")) {
    for (const auto& [key, value] : json.items()) {
      if (key == "commands") {
        commands = &value;
      } else if (key == "environment") {
        if (!value.is_object()) return fail(ErrorKind::invalid, "\"environment\" is not an object");
        for (const auto& [name, text] : value.items()) {
          if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
            return fail(ErrorKind::invalid, "\"" + one_line(name, 60) + "\" cannot name a variable");
          auto bytes = bytes_without_nul(text, "a variable's value");
          if (!bytes) return pass(bytes.error());
          program.environment[name] = std::move(*bytes);
        }
      } else if (key == "directory") {
        auto bytes = bytes_without_nul(value, "\"directory\"");
        if (!bytes) return pass(bytes.error());
        if (!bytes->empty() && (*bytes)[0] != '/')
          return fail(ErrorKind::invalid, "\"directory\" is not an absolute path");
        program.directory = std::move(*bytes);
      } else {
        return fail(ErrorKind::invalid, "unknown key \"" + one_line(key, 60) + "\" in a program",
                    "known: commands, environment, directory");
      }
    }
  }
  if (commands->is_array()) {
    for (const Json& each : *commands) {
      auto command = command_from_json(each);
      if (!command) return pass(command.error());
      program.commands.push_back(std::move(*command));
    }
  } else {
    auto command = command_from_json(*commands);
    if (!command) return pass(command.error());
    program.commands.push_back(std::move(*command));
  }
  if (program.commands.empty())
    return fail(ErrorKind::invalid, "the program is empty", "give one command or more");
  return program;
}

std::string to_display(const Program& program, std::size_t size) {
  std::string text;
  for (const auto& command : program.commands) {
    if (!text.empty()) text += "; ";
    text += command.exec.empty() ? command.sh : shell_quote(command.exec);
  }
  return one_line(text, size);
}

}  // namespace ketrew
