// A workflow for people to read before it is submitted.
#pragma once

#include "app/ketrew/console.hpp"
#include "core/model/workflow.hpp"

namespace ketrew::client {

// Each node with what it needs, runs and makes; lines are cut where `console` is a terminal.
void print_workflow(Console& console, const Workflow& workflow);

}  // namespace ketrew::client
