"""The reference engine at work: Saxon with official stylesheets, timed in a process of its own.

Reads a request a line from standard input, a JSON object with the `stylesheets` and the `document` by path and how
often to run, and answers with the seconds of the best run and the number of failed asserts.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from saxonche import PySaxonProcessor


def main() -> None:
    """Answer requests until the input ends."""
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        compiled = {}
        for line in sys.stdin:
            request = json.loads(line)
            for sheet in request["stylesheets"]:
                if sheet not in compiled:
                    compiled[sheet] = compiler.compile_stylesheet(stylesheet_file=sheet)
            sheets = [compiled[sheet] for sheet in request["stylesheets"]]
            text = Path(request["document"]).read_text("utf-8")
            seconds = float("inf")
            for _ in range(request["runs"]):
                started = perf_counter()
                document = processor.parse_xml(xml_text=text)
                reports = [sheet.transform_to_string(xdm_node=document) for sheet in sheets]
                seconds = min(seconds, perf_counter() - started)
            failed = sum(report.count("<svrl:failed-assert") for report in reports)
            print(json.dumps({"seconds": seconds, "failed": failed}), flush=True)


if __name__ == "__main__":
    main()
