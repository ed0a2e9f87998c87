#include "app/ketrew/output.hpp"

#include "app/ketrew/answer.hpp"

namespace ketrew::client {

constexpr std::int64_t piece_size = 1 << 20;

Try<Piece> read_piece(Context& context, const std::string& id, const std::string& query,
                      std::int64_t offset, std::int64_t limit) {
  Target target = Target("/v1/jobs").segment(id).segment("queries").segment(query);
  target.query("offset", std::to_string(offset)).query("limit", std::to_string(limit));
  auto answer = context.get(target);
  if (!answer) return stop(std::move(answer.error()));
  Piece piece;
  piece.bytes = bytes_at(*answer, "text");
  piece.offset = integer_at(*answer, "offset").value_or(0);
  piece.size = integer_at(*answer, "size");
  piece.document = std::move(*answer);
  return piece;
}

Try<bool> print_output(Context& context, const std::string& id, const std::string& query,
                       std::int64_t& offset) {
  std::optional<std::int64_t> until;  // the size at the beginning: a file that grows has no end
  while (true) {
    auto piece = read_piece(context, id, query, offset, piece_size);
    if (!piece) return stop(std::move(piece.error()));
    if (piece->size && *piece->size < offset) return true;  // it was cut meanwhile
    if (!piece->size && offset > 0 && piece->offset == 0) {
      // The backend gave all of it once more: what is new is behind what was printed.
      const auto known = std::min(static_cast<std::size_t>(offset), piece->bytes.size());
      context.console.print(std::string_view(piece->bytes).substr(known));
      offset = std::max(offset, static_cast<std::int64_t>(piece->bytes.size()));
      return true;
    }
    context.console.print(piece->bytes);
    offset = piece->offset + static_cast<std::int64_t>(piece->bytes.size());
    if (!until) until = piece->size;
    if (!until || piece->bytes.empty() || offset >= *until) return true;
  }
}

}  // namespace ketrew::client
