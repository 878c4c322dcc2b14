SELECT name, most_classes, most_nodes FROM usage.hub
