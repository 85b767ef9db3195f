#include "scheduler/cli/assignment.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace cli {

namespace {

using base::Errc;
using base::Error;

// An object that is being put together, name by name, in the order given.
struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;
    std::unique_ptr<base::Json> value;  // a leaf if it is there

    Node* find(std::string_view name) {
        for (auto& [known, node] : members) {
            if (known == name) return node.get();
        }
        return nullptr;
    }
    Node& add(std::string_view name) {
        members.emplace_back(std::string(name), std::make_unique<Node>());
        return *members.back().second;
    }
};

base::Json to_json(const Node& node) {
    if (node.value) return *node.value;
    base::Json object = base::Json::object();
    for (const auto& [name, child] : node.members)
        object.set(name, to_json(*child));
    return object;
}

base::Json parse_value(std::string_view text) {
    auto json = base::Json::parse(text);
    return json ? std::move(*json) : base::Json(text);
}

base::Result<void> assign(Node& root, std::string_view assignment) {
    const auto fail = [assignment](const std::string& what) {
        return Error{Errc::invalid_argument, "'" + std::string(assignment) + "': " + what};
    };
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos) return fail("give it as NAME=VALUE, e.g. building=43");

    Node* node = &root;
    std::string_view path = assignment.substr(0, equals);
    for (bool last = false; !last;) {
        const auto dot = path.find('.');
        last = dot == std::string_view::npos;
        const std::string_view name = path.substr(0, dot);
        path = last ? std::string_view() : path.substr(dot + 1);
        if (name.empty()) return fail("a name is missing before '=' or beside a '.'");
        if (name.starts_with('$')) return fail("a name cannot begin with '$'; those names are the hub's own");

        Node* next = node->find(name);
        if (next != nullptr && last) return fail("this property is given twice");
        if (next != nullptr && next->value) {
            return fail("'" + std::string(name) + "' has a value already and cannot hold properties too");
        }
        node = next != nullptr ? next : &node->add(name);
    }
    node->value = std::make_unique<base::Json>(parse_value(assignment.substr(equals + 1)));
    return {};
}

}  // namespace

base::Result<base::Json> parse_assignments(const std::vector<std::string>& assignments) {
    Node root;
    for (const auto& assignment : assignments) {
        auto done = assign(root, assignment);
        if (!done) return std::move(done).error();
    }
    return to_json(root);
}

std::vector<std::string> split_assignments(std::string_view text) {
    std::vector<std::string> parts(1);
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\' && i + 1 < text.size()) {
                parts.back().push_back(c);
                parts.back().push_back(text[++i]);
                continue;
            }
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ',' && depth <= 0) {
            parts.emplace_back();
            continue;
        }
        parts.back().push_back(c);
    }
    return parts;
}

}  // namespace cli
