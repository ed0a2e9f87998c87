#include "app/ketrew-backend-host/elf_symbol.hpp"

#include <cstring>
#include <optional>

#include <elf.h>

#include "app/ketrew-backend-host/descriptor.hpp"
#include "core/base/file.hpp"

namespace ketrew::backend_host {
namespace {

// The file's own numbers are never trusted: every access says how much it wants.
class Image {
 public:
  explicit Image(std::string_view file) : file_(file) {}

  std::optional<std::string_view> bytes(std::uint64_t offset, std::uint64_t size) const {
    if (offset > file_.size() || size > file_.size() - offset) return std::nullopt;
    return file_.substr(offset, size);
  }
  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    const auto found = bytes(offset, sizeof(T));
    if (!found) return std::nullopt;
    T value;
    std::memcpy(&value, found->data(), sizeof value);
    return value;
  }
  // The n-th of a table of T with entries of `step` bytes.
  template <class T>
  std::optional<T> entry(std::uint64_t table, std::uint64_t step, std::uint64_t n) const {
    if (step < sizeof(T) || n > file_.size() / step) return std::nullopt;
    return at<T>(table + n * step);
  }

 private:
  std::string_view file_;
};

bool fits_this_machine(const Elf64_Ehdr& header) {
  Elf64_Half machine = EM_X86_64;
#if defined(__aarch64__)
  machine = EM_AARCH64;
#elif defined(__powerpc64__)
  machine = EM_PPC64;
#elif defined(__riscv)
  machine = EM_RISCV;
#endif
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] ==
             (std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB) &&
         header.e_machine == machine && header.e_type == ET_DYN;
}

// From an address in the loaded module to its bytes in the file.
std::optional<std::string_view> bytes_at(const Image& image, const Elf64_Ehdr& header,
                                         std::uint64_t address) {
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = image.entry<Elf64_Phdr>(header.e_phoff, header.e_phentsize, i);
    if (!segment) return std::nullopt;
    if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
        address - segment->p_vaddr >= segment->p_filesz)
      continue;
    const std::uint64_t skip = address - segment->p_vaddr;
    return image.bytes(segment->p_offset + skip, segment->p_filesz - skip);
  }
  return std::nullopt;
}

}  // namespace

Result<std::string_view> find_elf_symbol(std::string_view file, std::string_view name) {
  const Image image(file);
  const auto header = image.at<Elf64_Ehdr>(0);
  if (!header || !fits_this_machine(*header))
    return fail(ErrorKind::invalid, "it is not a shared object for this machine");
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto table = image.entry<Elf64_Shdr>(header->e_shoff, header->e_shentsize, i);
    if (!table) break;
    if (table->sh_type != SHT_DYNSYM || table->sh_entsize < sizeof(Elf64_Sym)) continue;
    const auto names =
        image.entry<Elf64_Shdr>(header->e_shoff, header->e_shentsize, table->sh_link);
    if (!names) break;
    for (std::uint64_t n = 0; n < table->sh_size / table->sh_entsize; ++n) {
      const auto symbol = image.entry<Elf64_Sym>(table->sh_offset, table->sh_entsize, n);
      if (!symbol) break;
      const auto text = image.bytes(names->sh_offset + symbol->st_name, name.size() + 1);
      if (symbol->st_shndx == SHN_UNDEF || !text || text->back() != '\0' ||
          text->substr(0, name.size()) != name)
        continue;
      const auto found = bytes_at(image, *header, symbol->st_value);
      if (!found)
        return fail(ErrorKind::invalid,
                    "its `" + std::string(name) + "` has no content in the file");
      return *found;
    }
  }
  return fail(ErrorKind::not_found, "it does not export `" + std::string(name) + '`',
              "is it a Ketrew backend?");
}

Result<> judge_file(const std::string& path) {
  const auto file = read_file(path, std::size_t{1} << 30);
  if (!file) return pass(file.error());
  const auto bytes = find_elf_symbol(*file, "ketrew_backend");
  if (!bytes) return fail(Error(bytes.error()), path);
  if (auto judged = judge_descriptor(*bytes); !judged) return fail(std::move(judged.error()), path);
  return {};
}

}  // namespace ketrew::backend_host
