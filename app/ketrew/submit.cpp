#include <cstdlib>

#include <unistd.h>

#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/options.hpp"
#include "app/ketrew/request_key.hpp"
#include "app/ketrew/submit_workflow.hpp"
#include "app/ketrew/waiting.hpp"
#include "core/base/file.hpp"
#include "core/base/terminal_text.hpp"
#include "core/model/program.hpp"
#include "core/model/retry_policy.hpp"

namespace ketrew::client {
namespace {

struct Asked {
  std::string name, backend, host, lines, directory, key, file;
  std::optional<std::string> shell;  // given and empty is an empty command: the daemon says so
  std::vector<std::string> options, tags, environment, after, params, words;
  int retries = 0;
  bool dry_run = false, wait = false, no_directory = false;
};

void describe(Arguments& arguments, Asked& asked) {
  arguments.option("-n,--name", asked.name, "NAME", "A name, for people")
      .option("-b,--backend", asked.backend, "BACKEND", "What runs it (default: the profile's)")
      .option("-H,--host", asked.host, "HOST",
              "Where: /FOLDER, ssh://USER@HOST/FOLDER, or a name from the profile")
      .list("-o,--option", asked.options, "KEY=VALUE",
            "An option of the backend; see: ketrewd backends NAME")
      .list("-t,--tag", asked.tags, "TAG", "A tag; may be repeated")
      .list("-e,--env", asked.environment, "NAME[=VALUE]",
            "A variable for the program; without a value: as it is here")
      .option("-d,--directory", asked.directory, "FOLDER",
              "Where the program runs (default: here, where it runs on this machine)")
      .flag("--in-playground", asked.no_directory, "The program runs in the job's own folder")
      .list("--after", asked.after, "ID",
            "Start it only when this job has succeeded; may be repeated")
      .number("--retries", asked.retries, 0, 1000, "Try again so often after a failure")
      .option("--sh", asked.shell, "TEXT", "A line for the shell, instead of a program")
      .option("--each-line", asked.lines, "FILE",
              "A job for each line of the file (-: stdin), with the line in $KETREW_ENTRY")
      .option("--idempotency-key", asked.key, "KEY",
              "A repeat with the same key is the same job (default: a random one)")
      .option("-f,--file", asked.file, "FILE",
              "The workflow of this file (-: stdin), in YAML or JSON, instead of one job")
      .list("-p,--param", asked.params, "NAME=VALUE", "A parameter of the workflow")
      .flag("--dry-run", asked.dry_run, "Only check it; of a workflow, show what it expands to")
      .flag("-w,--wait", asked.wait, "Wait until it has ended; exit with 1 if it failed")
      .program(asked.words);
}

// The file says all this itself.
Try<bool> check_workflow_options(const Asked& asked) {
  if (asked.file.empty() && !asked.params.empty())
    return wrong_usage("--param without a workflow", "give its file with -f");
  if (asked.file.empty()) return true;
  const std::pair<bool, const char*> others[] = {
      {!asked.words.empty(), "a program"},          {asked.shell.has_value(), "--sh"},
      {!asked.lines.empty(), "--each-line"},        {!asked.name.empty(), "--name"},
      {!asked.backend.empty(), "--backend"},        {!asked.host.empty(), "--host"},
      {!asked.options.empty(), "--option"},         {!asked.tags.empty(), "--tag"},
      {!asked.environment.empty(), "--env"},        {!asked.directory.empty(), "--directory"},
      {asked.no_directory, "--in-playground"},      {asked.retries != 0, "--retries"}};
  for (const auto& [given, what] : others)
    if (given)
      return wrong_usage(std::string("a workflow and ") + what,
                         "its file says this; what differs from time to time is a --param");
  return true;
}

Try<Program> make_program(const Asked& asked) {
  Program program;
  if (asked.words.empty() != asked.shell.has_value())
    return wrong_usage(
        !asked.shell ? "no program to run" : "a program and --sh",
        !asked.shell ? "for example: ketrew submit -- sleep 60" : "one of the two");
  program.commands.push_back(ketrew::Command{asked.shell.value_or(""), asked.words});
  for (const auto& each : asked.environment) {
    const auto equals = each.find('=');
    const std::string name = each.substr(0, equals);
    const char* here = equals == std::string::npos ? std::getenv(name.c_str()) : nullptr;
    if (name.empty() || !is_utf8(name))
      return wrong_usage("\"" + each + "\" is no variable", "write --env NAME=VALUE or --env NAME");
    if (equals == std::string::npos && !here)
      return wrong_usage("$" + name + " is not set here",
                         "give it a value: --env " + name + "=VALUE");
    program.environment[name] = here ? here : each.substr(equals + 1);
  }
  // A host that is a name may be anywhere: its jobs run in their playgrounds, as those far away.
  const bool here = asked.host.empty() || asked.host[0] == '/';
  if (!asked.directory.empty() || (here && !asked.no_directory)) {
    char buffer[4096];
    const char* current = ::getcwd(buffer, sizeof buffer);
    if (!asked.directory.empty() && (asked.directory[0] == '/' || !here)) {
      program.directory = asked.directory;
    } else if (current) {
      program.directory = asked.directory.empty() ? current : path_join(current, asked.directory);
    } else if (!asked.directory.empty()) {
      return stop(Exit::refused, "the current directory is gone", "give an absolute --directory");
    }
  }
  return program;
}

// The schema of the backend that will run the job.
Try<Json> options_schema(Context& context, const std::string& asked) {
  std::string name = asked;
  if (name.empty()) {
    auto all = context.get(Target("/v1/backends"));
    if (!all) return stop(std::move(all.error()));
    const Json& backends = list_at(*all, "backends");
    for (const auto& each : backends) {
      const std::string here = text_at(each, "name");
      if (name.empty() || here == "daemonize") name = here;
      if (true_at(each, "default")) {
        name = here;
        break;
      }
    }
  }
  auto backend = context.get(Target("/v1/backends").segment(name));
  if (!backend) {
    Stop why = std::move(backend.error());
    if (why.exit == Exit::no_job) why.exit = Exit::refused;  // no such backend
    return stop(std::move(why));
  }
  return object_at(*backend, "options_schema");
}

Try<Json> make_options(Context& context, const Asked& asked) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const auto& each : asked.options) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0 || !is_utf8(each.substr(0, equals)))
      return wrong_usage("\"" + each + "\" is no option", "write -o KEY=VALUE");
    given.emplace_back(each.substr(0, equals), each.substr(equals + 1));
  }
  auto schema = options_schema(context, asked.backend);
  if (!schema) return stop(std::move(schema.error()));
  return convert_options(given, *schema);
}

Try<Json> make_job(Context& context, const Asked& asked) {
  const auto program = make_program(asked);
  if (!program) return stop(program.error());
  Json job{{"program", to_json(*program)}};
  if (!is_utf8(asked.backend) || !is_utf8(asked.host))
    return wrong_usage("the name of a backend or host is not UTF-8");
  if (!asked.name.empty()) job["name"] = bytes_to_json(asked.name);
  if (!asked.backend.empty()) job["backend"] = asked.backend;
  if (!asked.host.empty()) job["host"] = asked.host;
  if (asked.retries) job["retries"] = asked.retries;
  for (const auto& tag : asked.tags) job["tags"].push_back(bytes_to_json(tag));
  if (!asked.after.empty()) {
    auto found = jobs_by_id(
        context, asked.after, [&](Json& each) { job["depends_on"].push_back(text_at(each, "id")); },
        true);
    if (!found) return stop(std::move(found.error()));
  }
  if (!asked.options.empty()) {
    auto options = make_options(context, asked);
    if (!options) return stop(std::move(options.error()));
    job["options"] = std::move(*options);
  }
  return job;
}

Try<Json> read_lines(Console& console, const std::string& file) {
  std::string content;
  if (file == "-") {
    char buffer[65536];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, console.in)) > 0;)
      content.append(buffer, n);
    if (std::ferror(console.in)) return stop(Exit::refused, "stdin cannot be read");
  } else {
    auto read = read_file(file);
    if (!read) return stop(Stop(Exit::refused, read.error()));
    content = std::move(*read);
  }
  Json lines = Json::array();
  std::size_t number = 0;
  for (std::string_view rest = content; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    ++number;
    if (line.find('\0') != std::string_view::npos)
      return stop(Exit::refused,
                  "line " + std::to_string(number) + " of " + file + " has a NUL byte",
                  "no variable can hold one");
    lines.push_back(bytes_to_json(line));
  }
  if (lines.empty()) return stop(Exit::refused, file + " has no lines", "nothing was submitted");
  return lines;
}

std::vector<std::string> ids_of(const Json& answer) {
  std::vector<std::string> ids;
  for (const auto& id : list_at(answer, "ids"))
    if (id.is_string()) ids.push_back(id.get<std::string>());
  for (const auto& job : list_at(answer, "jobs")) ids.push_back(text_at(job, "id"));
  return ids;
}

}  // namespace

Try<Exit> submit(Context& context) {
  Asked asked;
  Arguments arguments(
      "ketrew submit", "Gives the daemon a job, or a workflow, and prints ids.",
      "[OPTION]... [--] PROGRAM [ARG...] | -f FILE [OPTION]...",
      "  ketrew submit -- sh -c 'echo hello'\n"
      "  ketrew submit --name align --tag run7 --retries 2 -- ./align.sh sample.fq\n"
      "  ketrew submit -b slurm -o cpus=8 -o wall_time=2h -- ./simulate\n"
      "  ls *.fq | ketrew submit --each-line - --sh 'gzip -k \"$KETREW_ENTRY\"'\n"
      "  ketrew submit -f pipeline.yaml --param genome=/data/hg38.fa --dry-run\n"
      "  ketrew submit --after 01jd3k --after 01jd3m -- ./merge.sh\n"
      "  ketrew submit --wait -- make test && echo fine\n");
  describe(arguments, asked);
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (auto good = check_key(asked.key); !good) return stop(std::move(good.error()));
  if (auto good = check_workflow_options(asked); !good) return stop(std::move(good.error()));
  if (!asked.file.empty())
    return submit_workflow(context,
                           {asked.file, asked.params, asked.key, asked.dry_run, asked.wait});

  auto job = make_job(context, asked);
  if (!job) return stop(std::move(job.error()));
  Json body = std::move(*job);
  if (!asked.lines.empty()) {
    auto lines = read_lines(context.console, asked.lines);
    if (!lines) return stop(std::move(lines.error()));
    body = Json{{"job", std::move(body)}, {"each", std::move(*lines)}};
  }
  const std::string key = asked.key.empty() ? random_key() : asked.key;
  auto answer = context.call({.method = "POST",
                              .target = asked.dry_run ? "/v1/jobs?dry_run=true" : "/v1/jobs",
                              .body = std::move(body),
                              .idempotency_key = key});
  if (!answer) return stop(with_key(std::move(answer.error()), key));
  const bool waits = asked.wait && !asked.dry_run;
  const auto ids = ids_of(*answer);
  if (context.json && !waits) context.console.json(*answer);
  if (!context.json && asked.dry_run)
    context.console.line(asked.lines.empty() ? "it would be accepted" : "they would be accepted");
  if (!context.json && !asked.dry_run) {
    std::string text;
    for (const auto& id : ids) text += escape_for_terminal(id) + "\n";
    context.console.print(text);
  }
  if (!waits) return Exit::done;
  context.console.flush();
  return wait_for_jobs(context, ids, {}, false);
}

}  // namespace ketrew::client
