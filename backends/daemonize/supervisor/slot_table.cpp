#include "backends/daemonize/supervisor/slot_table.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"

namespace ketrew::daemonize {

static_assert(sizeof(Slot) == 192);
static_assert(std::atomic<Step>::is_always_lock_free);  // shared between processes
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

struct SlotTable::Header {
  static constexpr std::uint64_t good_magic = 0x31766f736b74656bu;
  std::uint64_t magic;
  std::uint32_t slot_count, slot_size, root_count, root_size;
  std::atomic<std::uint64_t> generation;
  char boot[64];
};

namespace {
constexpr std::size_t header_size = 4096;
constexpr std::size_t file_size = header_size + SlotTable::capacity * sizeof(Slot) +
                                  SlotTable::root_capacity * SlotTable::root_size;
}  // namespace

std::string_view Slot::token_text() const { return {token, ::strnlen(token, token_size)}; }

void SlotTable::Unmap::operator()(Header* header) const { ::munmap(header, file_size); }

Result<SlotTable> SlotTable::open(const std::string& path) {
  for (int round = 0;; ++round) {
    const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return fail_errno("open " + path, errno);
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return fail_errno("stat " + path, errno);
    const bool fresh = st.st_size == 0;
    if (fresh || static_cast<std::size_t>(st.st_size) == file_size) {
      const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(file_size));
      if (error != 0) {
        if (fresh) ::unlink(path.c_str());
        return fail_errno("allocate " + path, error);
      }
      void* memory = ::mmap(nullptr, file_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
      if (memory == MAP_FAILED) return fail_errno("map " + path, errno);
      SlotTable table;
      table.header_.reset(static_cast<Header*>(memory));
      char* bytes = static_cast<char*>(memory);
      table.slots_ = static_cast<Slot*>(static_cast<void*>(bytes + header_size));
      table.roots_ = bytes + header_size + capacity * sizeof(Slot);
      Header& header = *table.header_;
      if (header.magic == 0) {
        header.slot_count = capacity;
        header.slot_size = sizeof(Slot);
        header.root_count = root_capacity;
        header.root_size = root_size;
        header.magic = Header::good_magic;
      }
      if (header.magic == Header::good_magic && header.slot_count == capacity &&
          header.slot_size == sizeof(Slot) && header.root_count == root_capacity &&
          header.root_size == root_size)
        return table;
    }
    if (round > 0) return fail(ErrorKind::corrupt, path + " has another layout");
    if (::rename(path.c_str(), (path + ".old").c_str()) != 0)
      return fail_errno("set aside " + path, errno);
  }
}

std::string SlotTable::boot() const {
  return {header_->boot, ::strnlen(header_->boot, sizeof header_->boot)};
}

void SlotTable::set_boot(std::string_view boot) {
  std::memset(header_->boot, 0, sizeof header_->boot);
  std::memcpy(header_->boot, boot.data(), std::min(boot.size(), sizeof header_->boot - 1));
}

std::uint64_t SlotTable::next_generation() const { return header_->generation.fetch_add(1) + 1; }

std::string_view SlotTable::root(std::uint32_t index) const {
  if (index >= root_capacity) return {};
  const char* text = roots_ + index * root_size;
  return {text, ::strnlen(text, root_size)};
}

Result<std::uint32_t> SlotTable::root_index(std::string_view wanted) {
  if (wanted.empty() || wanted.front() != '/' || wanted.size() >= root_size)
    return fail(ErrorKind::invalid, "not a folder for playgrounds: " + std::string(wanted),
                "an absolute path of less than 1024 bytes");
  std::optional<std::uint32_t> empty;
  for (std::uint32_t i = 0; i < root_capacity; ++i) {
    const auto text = root(i);
    if (text == wanted) return i;
    if (text.empty() && !empty) empty = i;
  }
  if (!empty) {
    std::vector<bool> used(root_capacity, false);
    for (std::uint32_t i = 0; i < capacity; ++i)
      if (slots_[i].step.load() != Step::free) used[slots_[i].root.load() % root_capacity] = true;
    for (std::uint32_t i = 0; i < root_capacity && !empty; ++i)
      if (!used[i]) empty = i;
  }
  if (!empty) return fail(ErrorKind::unavailable, "too many folders for playgrounds at a time");
  char* text = roots_ + *empty * root_size;
  std::memset(text, 0, root_size);
  std::memcpy(text, wanted.data(), wanted.size());
  return *empty;
}

std::string SlotTable::playground(const Slot& slot) const {
  std::string path(root(slot.root.load()));
  path += '/';
  path += slot.token_text();
  return path;
}

}  // namespace ketrew::daemonize
