// Gives memory back to the system when much work is over. What a hundred thousand jobs needed while
// they ran stays with the C library's heaps when they are gone, a page here and a page there, and
// nobody would ask for it again for days.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "core/base/clock.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

// Used on the loop alone.
class MemoryReturn {
 public:
  // `give_back` is called on the loop, when nothing has happened for at least `quiet`.
  MemoryReturn(boost::asio::io_context& loop, std::function<void()> give_back,
               Milliseconds quiet = Milliseconds(2000));
  ~MemoryReturn();

  // So many jobs took a step. Once there were `many`, and then none for a while, the memory is given
  // back: a daemon that is idle is woken once, and no more.
  void worked(std::size_t jobs);

  static constexpr std::size_t many = 5000;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// For any thread: takes milliseconds for each 100 MiB of heap.
void trim_heaps();
// Before there are other threads: two heaps for all of them instead of eight for each processor. What one
// thread makes another one frees here, and the end of a heap that is not the first is never trimmed.
void keep_heaps_few();

}  // namespace ketrew::daemon
