"""One business as one YAML file (contract section 6): read, checked, stored, written back.

`yaml_text` reads and writes YAML, `nodes` checks values, `schema` knows the keys, `importer` and `exporter`
meet the database.
"""
