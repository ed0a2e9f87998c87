// The texts of one instance: its program, its condition, its options.
#include "core/workflow/expansion.hpp"

namespace ketrew::workflow {

Result<std::string> Expansion::text(const Template& text, const Instance& instance) {
  auto filled = fill(text, instance);
  if (!filled) return at(text.place, instance, filled.error());
  if (auto r = count(filled->size()); !r) return pass(r.error());
  return filled;
}

Result<> Expansion::words(const Template& text, const Instance& instance,
                          std::vector<std::string>& out) {
  const std::size_t before = out.size();
  if (auto r = fill_words(text, instance, out); !r) return at(text.place, instance, r.error());
  for (std::size_t i = before; i < out.size(); ++i)
    if (auto r = count(out[i].size()); !r) return r;
  return {};
}

Result<> Expansion::paths(const Template& text, const Instance& instance,
                          std::vector<std::string>& out) {
  const std::size_t before = out.size();
  if (auto r = words(text, instance, out); !r) return r;
  for (std::size_t i = before; i < out.size(); ++i)
    if (out[i].empty() || out[i][0] != '/' || out[i].find('\0') != std::string::npos)
      return at(text.place, instance,
                {ErrorKind::invalid,
                 "\"" + one_line(out[i], 100) + "\" is no absolute path on the node's host",
                 "begin it with / or ${workflow.directory}/"});
  return {};
}

Result<> Expansion::make_program(const NodeText& node, const Instance& instance, Program& program) {
  for (const auto& command : node.run) {
    Command out;
    if (command.sh) {
      auto shell = text(*command.sh, instance);
      if (!shell) return pass(shell.error());
      if (trim(*shell).empty())
        return at(command.sh->place, instance, {ErrorKind::invalid, "the command is empty", {}});
      out.sh = std::move(*shell);
    }
    for (const auto& word : command.exec)
      if (auto r = words(word, instance, out.exec); !r) return r;
    if (!command.sh && (out.exec.empty() || out.exec[0].empty()))
      return at(node.place, instance, {ErrorKind::invalid, "\"exec\" names no program", {}});
    program.commands.push_back(std::move(out));
  }
  if (program.commands.empty()) program.commands.push_back(Command{{}, {"true"}});
  for (const auto& [name, value] : node.environment) {
    auto filled = text(value, instance);
    if (!filled) return pass(filled.error());
    program.environment[name] = std::move(*filled);
  }
  std::string products;
  for (const std::string* path : instance.products()) {
    if (path->find('\n') != std::string::npos) continue;
    products += (products.empty() ? "" : "\n") + *path;
  }
  // A variable has no room for more; and who has so many does not have them set aside.
  constexpr std::size_t most_bytes = 32 << 10;
  if (!products.empty() && products.size() <= most_bytes) {
    if (auto r = count(products.size()); !r) return r;
    program.environment.emplace("KETREW_PRODUCTS", std::move(products));
  }
  if (node.directory) {
    std::vector<std::string> directory;
    if (auto r = paths(*node.directory, instance, directory); !r) return r;
    if (directory.size() != 1)
      return at(node.directory->place, instance,
                {ErrorKind::invalid, "\"directory\" is several paths", {}});
    program.directory = std::move(directory[0]);
  } else {
    const auto& host = node.host;
    const bool here = !host || (!host->pieces.empty() && host->pieces[0].text.substr(0, 1) == "/");
    if (here) program.directory = settings_.directory;
  }
  return {};
}

Result<Condition> Expansion::all_exist(const std::vector<Template>& texts,
                                       const Instance& instance) {
  std::vector<std::string> all;
  for (const auto& path : texts)
    if (auto r = paths(path, instance, all); !r) return pass(r.error());
  if (all.size() == 1) return Condition{condition::Exists{std::move(all[0])}};
  condition::All every;
  for (auto& path : all) every.parts.push_back({condition::Exists{std::move(path)}});
  return Condition{std::move(every)};
}

Result<Condition> Expansion::make_condition(const ConditionText& condition,
                                            const Instance& instance) {
  switch (condition.kind) {
    case ConditionText::Kind::never: break;
    case ConditionText::Kind::exists: return all_exist(condition.paths, instance);
    case ConditionText::Kind::larger_than: {
      std::vector<std::string> path;
      if (auto r = paths(condition.paths[0], instance, path); !r) return pass(r.error());
      if (path.size() != 1)
        return at(condition.place, instance,
                  {ErrorKind::invalid, "\"larger_than\" is about several paths", "use \"all\""});
      return Condition{condition::LargerThan{std::move(path[0]), condition.bytes}};
    }
    case ConditionText::Kind::returns: {
      auto command = text(condition.command, instance);
      if (!command) return pass(command.error());
      if (trim(*command).empty())
        return at(condition.place, instance, {ErrorKind::invalid, "the command is empty", {}});
      return Condition{condition::Returns{std::move(*command), condition.code}};
    }
    case ConditionText::Kind::all: {
      condition::All all;
      for (const auto& part : condition.parts) {
        auto made = make_condition(part, instance);
        if (!made) return made;
        all.parts.push_back(std::move(*made));
      }
      return Condition{std::move(all)};
    }
  }
  return Condition{condition::Never{}};
}

Result<Json> Expansion::make_json(const JsonText& json, const Instance& instance) {
  Json out = json.json;
  for (const auto& part : json.parts) {
    auto filled = text(part.text, instance);
    if (!filled) return pass(filled.error());
    if (!is_utf8(*filled))
      return at(part.text.place, instance, {ErrorKind::invalid, "a value is not UTF-8", {}});
    out[part.at] = part.typed ? yaml::scalar_to_json(*filled) : Json(std::move(*filled));
  }
  return out;
}

}  // namespace ketrew::workflow
