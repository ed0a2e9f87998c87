#include "app/ketrew/arguments.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "core/base/terminal_text.hpp"
#include "core/base/text.hpp"

namespace ketrew::client {
namespace {

class Help : public CLI::Formatter {
 public:
  explicit Help(std::string usage) : usage_(std::move(usage)) { column_width(30); }
  std::string make_usage(const CLI::App*, std::string) const override {
    return "usage: " + usage_ + "\n";
  }

 private:
  std::string usage_;
};

// CLI11's messages, some of them in more helpful words.
Error usage_error(const CLI::ParseError& error, const std::string& command) {
  return Error{ErrorKind::invalid, escape_for_terminal(one_line(error.what())),
               "see: " + command + " --help"};
}

}  // namespace

struct Arguments::Inside {
  explicit Inside(const std::string& summary) : app(summary) {}
  std::string command;
  CLI::App app;
  std::vector<std::string>* program = nullptr;
};

Arguments::Arguments(const std::string& command, const std::string& summary,
                     const std::string& usage, const std::string& examples)
    : inside_(std::make_unique<Inside>(summary)) {
  inside_->command = command;
  inside_->app.formatter(std::make_shared<Help>(command + (usage.empty() ? "" : " " + usage)));
  inside_->app.set_help_flag("-h,--help", "Print this help");
  if (!examples.empty()) inside_->app.footer("Examples:\n" + examples);
}

Arguments::~Arguments() = default;

Arguments& Arguments::flag(const std::string& names, bool& value, const std::string& text) {
  inside_->app.add_flag(names, value, text);
  return *this;
}

Arguments& Arguments::option(const std::string& names, std::string& value, const std::string& type,
                             const std::string& text) {
  inside_->app.add_option(names, value, text)->option_text(type);
  return *this;
}

Arguments& Arguments::option(const std::string& names, std::optional<std::string>& value,
                             const std::string& type, const std::string& text) {
  inside_->app.add_option(names, value, text)->option_text(type);
  return *this;
}

Arguments& Arguments::number(const std::string& names, int& value, int low, int high,
                             const std::string& text) {
  inside_->app.add_option(names, value, text)->option_text("N")->check(CLI::Range(low, high));
  return *this;
}

Arguments& Arguments::list(const std::string& names, std::vector<std::string>& values,
                           const std::string& type, const std::string& text) {
  inside_->app.add_option(names, values, text)
      ->option_text(type)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Arguments& Arguments::positional(const std::string& name, std::string& value, bool required,
                                 const std::string& text) {
  inside_->app.add_option(name, value, text)->required(required)->option_text(" ");
  return *this;
}

Arguments& Arguments::positionals(const std::string& name, std::vector<std::string>& values,
                                  bool required, const std::string& text) {
  inside_->app.add_option(name, values, text)->required(required)->option_text(" ");
  return *this;
}

Arguments& Arguments::program(std::vector<std::string>& words) {
  inside_->program = &words;
  inside_->app.prefix_command();
  return *this;
}

Result<bool> Arguments::parse(const std::vector<std::string>& words) {
  std::vector<std::string> own = words;
  bool divided = false;
  if (inside_->program) {
    // What stands behind "--" is not for CLI11 to look at.
    const auto dashes = std::find(own.begin(), own.end(), "--");
    if ((divided = dashes != own.end())) {
      inside_->program->assign(dashes + 1, own.end());
      own.erase(dashes, own.end());
    }
  }
  try {
    std::reverse(own.begin(), own.end());  // as CLI11 wants them
    inside_->app.parse(own);
    if (inside_->program) {
      std::vector<std::string> rest = inside_->app.remaining();
      if (!rest.empty() && rest[0].size() > 1 && rest[0][0] == '-')
        return fail(ErrorKind::invalid, "unknown option " + escape_for_terminal(rest[0]),
                    "put -- before the program; see: " + inside_->command + " --help");
      if (divided && !rest.empty())
        return fail(ErrorKind::invalid,
                    "\"" + escape_for_terminal(rest[0]) + "\" stands before the --",
                    "the whole program goes behind it");
      if (!divided) *inside_->program = std::move(rest);
    }
    return true;
  } catch (const CLI::CallForHelp&) {
    help = inside_->app.help();
    return false;
  } catch (const CLI::ParseError& error) {
    return pass(usage_error(error, inside_->command));
  } catch (const std::exception& error) {
    return fail(ErrorKind::invalid, error.what(), "see: " + inside_->command + " --help");
  }
}

}  // namespace ketrew::client
