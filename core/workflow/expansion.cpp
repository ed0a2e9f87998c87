#include "core/workflow/expansion.hpp"

#include "core/model/host_uri.hpp"

namespace ketrew::workflow {

class InstanceView : public Instance {
 public:
  InstanceView(const Expansion& all, std::size_t node, std::size_t row)
      : all_(all), node_(node), row_(row) {}

  const std::string& matrix(std::size_t key) const override {
    return all_.values_[all_.nodes_[node_].matrix.at(row_, key)];
  }
  const std::string& name() const override {
    return all_.out_.workflow.nodes[all_.declared_[node_].first + row_].name;
  }
  std::vector<const std::string*> products() const override {
    std::vector<const std::string*> out;
    const auto& products = all_.declared_[node_].products;
    if (!products.empty())
      for (const auto& path : products[row_]) out.push_back(&path);
    return out;
  }
  Result<std::vector<const std::string*>> products(std::size_t number) const override {
    const NodeText& node = all_.nodes_[node_];
    const Reference& reference = node.referred[number];
    const auto& target = all_.declared_[reference.target];
    if (target.products.empty())
      return fail(ErrorKind::invalid,
                  "node \"" + one_line(reference.node, 60) + "\" has no product",
                  "say what it makes: product: /PATH");
    const auto found = all_.declared_[node_].referred[number].find(reference, node.matrix, row_,
                                                                   all_.values_, *this);
    if (!found) return pass(found.error());
    std::vector<const std::string*> out;
    for (const NodeIndex each : **found)
      for (const auto& path : target.products[each - target.first]) out.push_back(&path);
    return out;
  }

 private:
  const Expansion& all_;
  std::size_t node_, row_;
};

Expansion::Expansion(std::vector<NodeText>& nodes, const Values& values,
                     const yaml::Problems& problems, const Settings& settings)
    : nodes_(nodes),
      values_(values),
      problems_(problems),
      settings_(settings),
      declared_(nodes.size()) {}

Result<Expanded> Expansion::run() {
  out_.files = problems_.files();
  if (auto r = number_instances(); !r) return pass(r.error());
  for (auto& node : nodes_)
    for (auto* list : {&node.needs, &node.on_success, &node.on_failure, &node.referred})
      if (auto r = look_up(*list); !r) return pass(r.error());
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (auto r = make_joins(i); !r) return pass(r.error());
  if (auto r = make_products(); !r) return pass(r.error());
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (std::size_t row = 0; row < nodes_[i].matrix.size(); ++row)
      if (auto r = make_instance(i, row); !r) return pass(r.error());
  if (auto r = activate(); !r) return pass(r.error());
  if (const auto cycle = find_cycle(out_.workflow); !cycle.empty())
    return pass(problems_.error(nodes_[out_.declaration[cycle[0]]].place,
                                "a cycle: " + describe_cycle(out_.workflow, cycle),
                                "remove one of these"));
  if (auto r = check_workflow(out_.workflow); !r) return pass(r.error());
  return std::move(out_);
}

Result<> Expansion::number_instances() {
  std::size_t total = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    declared_[i].first = static_cast<NodeIndex>(total);
    total += nodes_[i].matrix.size();
    if (total > max_workflow_nodes)
      return pass(problems_.error(
          nodes_[i].place,
          "more than " + std::to_string(max_workflow_nodes) + " nodes in one workflow"));
  }
  out_.workflow.nodes.resize(total);
  out_.declaration.reserve(total);
  seen_.resize(total);
  wanted_.resize(total);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeText& node = nodes_[i];
    const auto place_of = [](const std::optional<Template>& text) {
      return text ? std::optional(text->place) : std::nullopt;
    };
    out_.declared.push_back(
        {node.place, place_of(node.backend), place_of(node.host), std::move(nodes_[i].options.members)});
    declared_[i].weight = node.options.json.dump().size() + node.metadata.json.dump().size() +
                          to_json(node.retries).dump().size();
    for (std::size_t row = 0; row < node.matrix.size(); ++row) {
      auto& instance = out_.workflow.nodes[declared_[i].first + row];
      instance.name = node.name + node.matrix.suffix(row, values_);
      out_.declaration.push_back(static_cast<std::uint32_t>(i));
      if (auto r = count(instance.name.size()); !r) return pass(r.error());
    }
  }
  return {};
}

Result<> Expansion::look_up(std::vector<Reference>& references) {
  if (names_.empty())
    for (std::size_t i = 0; i < nodes_.size(); ++i) names_[nodes_[i].name] = i;
  for (auto& reference : references) {
    const auto found = names_.find(reference.node);
    if (found != names_.end()) {
      reference.target = found->second;
      continue;
    }
    std::vector<std::string> known;
    for (const auto& node : nodes_) known.push_back(node.name);
    const std::string near = nearest(reference.node, known);
    return pass(problems_.error(reference.place,
                                "there is no node \"" + one_line(reference.node, 60) + "\"",
                                near.empty() ? "there are: " + one_line(join(known, ", "), 200)
                                             : "did you mean \"" + near + "\"?"));
  }
  return {};
}

Result<> Expansion::make_joins(std::size_t node) {
  const NodeText& text = nodes_[node];
  const auto make = [&](const std::vector<Reference>& references,
                        std::vector<Join>& joins) -> Result<> {
    for (const auto& reference : references) {
      auto made = Join::make(reference, text.matrix, nodes_[reference.target].matrix,
                             declared_[reference.target].first, indexes_);
      if (!made)
        return pass(problems_.error(reference.place, made.error().what, made.error().hint));
      joins.push_back(std::move(*made));
    }
    return {};
  };
  if (auto r = make(text.needs, declared_[node].needs); !r) return r;
  if (auto r = make(text.on_success, declared_[node].on_success); !r) return r;
  if (auto r = make(text.on_failure, declared_[node].on_failure); !r) return r;
  return make(text.referred, declared_[node].referred);
}

// A product may have another node's product in it: those others come first.
Result<> Expansion::make_products() {
  struct Visit {
    std::size_t node;
    std::vector<std::size_t> others;  // whose products it has in its own
  };
  enum : std::uint8_t { unseen, on_the_way, done };
  std::vector<std::uint8_t> state(nodes_.size(), unseen);
  std::vector<Visit> way;
  const auto visit = [&](std::size_t node) {
    state[node] = on_the_way;
    way.push_back({node, {}});
    for (const auto& path : nodes_[node].products)
      for (const auto& piece : path.pieces)
        if (piece.variable && piece.variable->kind == Variable::Kind::product)
          way.back().others.push_back(nodes_[node].referred[piece.variable->index].target);
  };
  for (std::size_t start = 0; start < nodes_.size(); ++start) {
    if (state[start] == unseen) visit(start);
    while (!way.empty()) {
      auto& [node, others] = way.back();
      if (others.empty()) {
        if (auto r = make_products_of(node); !r) return r;
        state[node] = done;
        way.pop_back();
        continue;
      }
      const std::size_t other = others.back();
      others.pop_back();
      if (state[other] == on_the_way)
        return pass(
            problems_.error(nodes_[node].products[0].place,
                            "the product of \"" + nodes_[node].name + "\" is made of itself"));
      if (state[other] == unseen) visit(other);
    }
  }
  return {};
}

Result<> Expansion::make_products_of(std::size_t node) {
  const NodeText& text = nodes_[node];
  if (text.products.empty()) return {};
  std::vector<std::vector<std::string>> products(text.matrix.size());
  for (std::size_t row = 0; row < products.size(); ++row)
    for (const auto& path : text.products)
      if (auto r = paths(path, InstanceView(*this, node, row), products[row]); !r) return r;
  declared_[node].products = std::move(products);
  return {};
}

Result<> Expansion::make_instance(std::size_t number, std::size_t row) {
  const NodeText& node = nodes_[number];
  const InstanceView view(*this, number, row);
  WorkflowNode& out = out_.workflow.nodes[declared_[number].first + row];
  JobSpec& job = out.job;
  if (auto r = count(declared_[number].weight + 200); !r) return r;
  job.name = out.name;
  if (node.backend) {
    auto backend = text(*node.backend, view);
    if (!backend) return pass(backend.error());
    job.backend = std::move(*backend);
  }
  if (node.host) {
    auto host = text(*node.host, view);
    if (!host) return pass(host.error());
    if (host->find('/') != std::string::npos)
      if (auto uri = parse_host_uri(*host); !uri) return at(node.host->place, view, uri.error());
    job.host = std::move(*host);
  }
  auto options = make_json(node.options, view);
  if (!options) return pass(options.error());
  job.options = std::move(*options);
  auto metadata = make_json(node.metadata, view);
  if (!metadata) return pass(metadata.error());
  job.metadata = std::move(*metadata);
  if (auto r = make_program(node, view, job.program); !r) return r;
  if (node.done_when || !node.products.empty()) {
    auto condition =
        node.done_when ? make_condition(*node.done_when, view) : all_exist(node.products, view);
    if (!condition) return pass(condition.error());
    job.condition = std::move(*condition);
  }
  for (const auto& each : node.tags) {
    auto tag = text(each, view);
    if (!tag) return pass(tag.error());
    if (tag->empty()) return at(each.place, view, {ErrorKind::invalid, "a tag is empty", {}});
    if (std::find(job.tags.begin(), job.tags.end(), *tag) == job.tags.end())
      job.tags.push_back(std::move(*tag));
  }
  job.retries = node.retries;
  job.timeout = node.timeout;
  job.equivalence = node.equivalence;
  if (!node.matrix.keys.empty()) {
    MatrixInstance matrix{node.name, {}};
    for (std::size_t key = 0; key < node.matrix.keys.size(); ++key) {
      matrix.values[node.matrix.keys[key]] = view.matrix(key);
      if (auto r = count(node.matrix.keys[key].size() + view.matrix(key).size()); !r) return r;
    }
    out.matrix = std::move(matrix);
  }
  const Declared& declared = declared_[number];
  if (auto r = make_edges(number, row, node.needs, declared.needs, view, out.needs); !r) return r;
  if (auto r = make_edges(number, row, node.on_success, declared.on_success, view, out.on_success);
      !r)
    return r;
  return make_edges(number, row, node.on_failure, declared.on_failure, view, out.on_failure);
}

Result<> Expansion::make_edges(std::size_t node, std::size_t row,
                               const std::vector<Reference>& references,
                               const std::vector<Join>& joins, const Instance& instance,
                               std::vector<NodeIndex>& edges) {
  ++lists_;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const auto found = joins[i].find(references[i], nodes_[node].matrix, row, values_, instance);
    if (!found) return at(references[i].place, instance, found.error());
    edges_ += (*found)->size();
    if (edges_ > max_workflow_edges)
      return at(references[i].place, instance,
                {ErrorKind::invalid,
                 "more than " + std::to_string(max_workflow_edges) + " edges in one workflow",
                 "let a node without work stand between many and many"});
    for (const NodeIndex target : **found) {
      wanted_[target] = true;
      if (std::exchange(seen_[target], lists_) != lists_) edges.push_back(target);
    }
  }
  return {};
}

Result<> Expansion::activate() {
  bool any = false;
  for (std::size_t i = 0; i < out_.workflow.nodes.size(); ++i) {
    const auto& asked = nodes_[out_.declaration[i]].active;
    out_.workflow.nodes[i].active = asked.value_or(!wanted_[i]);
    any = any || out_.workflow.nodes[i].active;
  }
  if (any) return {};
  if (const auto cycle = find_cycle(out_.workflow); !cycle.empty()) return {};  // says more
  return pass(problems_.error({}, "no node is active: nothing would ever run",
                              "each is activated by another one; give one of them active: true"));
}

Result<> Expansion::count(std::size_t bytes) {
  bytes_ += bytes + 16;
  if (bytes_ <= max_expanded_bytes) return {};
  return pass(problems_.error(
      {}, "it expands to more than " + std::to_string(max_expanded_bytes) + " bytes"));
}

tl::unexpected<Error> Expansion::at(yaml::Place place, const Instance& instance,
                                    const Error& error) const {
  return pass(problems_.error(
      place, "node \"" + one_line(instance.name(), 200) + "\": " + error.what, error.hint));
}

}  // namespace ketrew::workflow
