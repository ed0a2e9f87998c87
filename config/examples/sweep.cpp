// A workflow from a program: simulations with several seeds, then their mean.
//
//   c++ -std=c++20 -I PREFIX/include sweep.cpp -o sweep
//   ./sweep 8 /tmp/sweep | ketrew submit -f -
#include <iostream>

#include <ketrew/workflow.hpp>

int main(int argc, char** argv) {
  using namespace ketrew::flow;
  const int seeds = argc > 1 ? std::stoi(argv[1]) : 4;
  const std::string out = argc > 2 ? argv[2] : "/tmp/ketrew-sweep";

  Builder flow("sweep");
  flow.defaults().tag("sweep").retries("exit", 1);
  auto& folder = flow.node("folder").exec({"mkdir", "-p", literal(out)}).product(literal(out));
  auto& mean = flow.node("mean").product(literal(out + "/mean"));
  std::string results;
  for (int seed = 1; seed <= seeds; ++seed) {
    const std::string result = out + "/" + std::to_string(seed);
    auto& run = flow.node("run-" + std::to_string(seed)).needs(folder).product(literal(result));
    run.sh("awk 'BEGIN { srand(" + std::to_string(seed) +
           "); for (i = 0; i < 1000; ++i) s += rand(); print s / 1000 }' >${self.product}");
    mean.needs(run);
    results += " " + shell_word(result);
  }
  mean.sh("awk '{ s += $1 } END { print s / NR }'" + results + " >${self.product}");
  std::cout << flow;
}
