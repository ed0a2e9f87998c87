#include "core/store/repeat.hpp"

#include "core/store/rows.hpp"

namespace ketrew::store {

std::optional<Result<Accepted>> find_repeat(Connection& db, const std::string& idempotency_key,
                                            const std::string& fingerprint) {
  Query query = db.query(Sql::find_request);
  if (!query.bytes(idempotency_key).step()) return {};
  if (query.bytes_at(0) != fingerprint)
    return fail(ErrorKind::conflict, "this idempotency key was used for another request",
                "give each request a key of its own");
  Accepted accepted;
  accepted.repeated = true;
  const std::string ids = query.bytes_at(1);
  for (std::size_t at = 0; at < ids.size(); at += JobId::text_size) {
    const auto id = JobId::parse(std::string_view(ids).substr(at, JobId::text_size));
    if (!id) throw Unreadable{"the jobs of an idempotency key are not ids"};
    accepted.ids.push_back(*id);
  }
  return accepted;
}

}  // namespace ketrew::store
