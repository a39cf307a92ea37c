"""Answers as the Azure CLI does, with its own packages: knack, jmespath, PyYAML and tabulate.

Each line of standard input is {"value": JSON, "query": text or null, "format": name}, each line of standard output
{"out": text}, or {"error": "parse"} for a query that az refuses before it runs the command, or {"error": "run"}.
"""
import collections
import json
import sys

from jmespath import Options
from knack.output import OutputProducer
from knack.query import CLIQuery
from knack.util import CommandResultItem


def answer(case):
    result, query = case["value"], case["query"]
    if query is not None:
        try:
            query = CLIQuery.jmespath_type(query)
        except Exception:
            return {"error": "parse"}
        try:
            result = query.search(result, Options(collections.OrderedDict))
        except Exception:
            return {"error": "run"}
    if result is None:
        return {"out": ""}
    try:
        item = CommandResultItem(result, is_query_active=query is not None)
        return {"out": OutputProducer._FORMAT_DICT[case["format"]](item)}
    except Exception:
        return {"error": "run"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
