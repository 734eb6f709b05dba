curl --fail-with-body --silent --show-error \
  --header 'Accept: {{ media_type }}' \
  --data-urlencode {{ ask.text|shell_literal }} \
  {{ endpoint }}
