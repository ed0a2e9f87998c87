#include "app/ketrew/command.hpp"

int main(int argc, char** argv) {
  auto console = ketrew::client::Console::standard();
  return ketrew::client::run(std::vector<std::string>(argv + (argc > 0), argv + argc), console);
}
